//! What is written from nasty specs compiles and works. `drift.rs` compares and rewrites it.

#![allow(clippy::unwrap_used, clippy::missing_errors_doc, reason = "these are tests")]

use std::fmt;

use chrono::{DateTime, Utc};
pub use sdk_core::{
    BillingMonth, CallOptions, Error, ErrorKind, Pager, Response, Result, http::Download,
};
use sdk_core::{
    HeaderCredentials, Operation, Secret,
    http::{Call, ErrorDescription, File, HttpClient, QueryValue, Service},
    json::{DeserializeAs, Object, SerializeAs},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Names that Rust has other uses for.
#[path = "golden/keywords/generated/mod.rs"]
#[allow(dead_code, unused_imports, reason = "not everything is called here")]
#[rustfmt::skip]
pub mod keywords;
/// Descriptions and values that need care.
#[path = "golden/prose/generated/mod.rs"]
#[allow(dead_code, unused_imports, reason = "not everything is called here")]
#[rustfmt::skip]
pub mod prose;
/// Every kind of field.
#[path = "golden/shapes/generated/mod.rs"]
#[allow(dead_code, unused_imports, reason = "not everything is called here")]
#[rustfmt::skip]
pub mod shapes;

/// What real vendors write.
#[path = "golden/vendor/generated/mod.rs"]
#[allow(dead_code, unused_imports, reason = "not everything is called here")]
#[rustfmt::skip]
pub mod vendor;

static SERVICE: Service = Service {
    user_agent: "golden/1",
    request_id_header: "x-request-id",
    describe_error: |_, _, _| ErrorDescription::default(),
};

/// What generated code expects of a vendor's client.
#[derive(Debug, Clone)]
pub struct Client {
    http: HttpClient,
    owner: Option<String>,
    limit: Option<i64>,
}

impl Client {
    /// A client of what listens at `address`.
    pub fn new(address: &str, owner: Option<&str>) -> Result<Self> {
        let name = http::HeaderName::from_static("x-key");
        let credentials = HeaderCredentials::new(name, &Secret::from("key"))?;
        let http = HttpClient::builder(&SERVICE, format!("http://{address}")).build(credentials)?;
        Ok(Self { http, owner: owner.map(str::to_owned), limit: Some(9) })
    }

    /// The same client without a limit.
    #[must_use]
    pub fn without_limit(self) -> Self {
        Self { limit: None, ..self }
    }

    /// The owner, for requests without one.
    #[must_use]
    pub fn default_owner(&self) -> Option<&str> {
        self.owner.as_deref()
    }

    /// The limit, for requests without one.
    #[must_use]
    pub fn default_limit(&self) -> Option<i64> {
        self.limit
    }

    /// The size, for requests without one.
    #[must_use]
    pub fn default_size(&self) -> Option<u32> {
        Some(4)
    }

    pub(crate) fn call(&self, operation: &'static Operation) -> Call<'_> {
        self.http.call(operation)
    }
}

/// Money, by hand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Money {
    units: i64,
}

/// Money that is absent if it is zero, by hand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sum {
    units: i64,
}

/// How it is decoded.
#[derive(Debug)]
pub struct SentSum;

impl<'de> DeserializeAs<'de, Option<Sum>> for SentSum {
    fn deserialize_as<D: Deserializer<'de>>(
        deserializer: D,
    ) -> std::result::Result<Option<Sum>, D::Error> {
        let sum: Option<Sum> = Object::deserialize_as(deserializer)?;
        Ok(sum.filter(|sum| sum.units != 0))
    }
}

impl<T: Serialize> SerializeAs<T> for SentSum {
    fn serialize_as<S: Serializer>(
        value: &T,
        serializer: S,
    ) -> std::result::Result<S::Ok, S::Error> {
        value.serialize(serializer)
    }
}

/// A text, by hand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Tint(String);

impl QueryValue for Tint {
    fn append_to(&self, values: &mut Vec<String>) {
        values.push(self.0.clone());
    }
}

/// A file, by hand.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ScwFile {
    content: String,
}

impl fmt::Debug for ScwFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ScwFile")
    }
}

impl From<Download> for ScwFile {
    fn from(download: Download) -> Self {
        Self { content: String::from_utf8_lossy(&download.content).into_owned() }
    }
}

impl File for ScwFile {
    fn media_type(&self) -> &str {
        ""
    }

    fn content(&self) -> &[u8] {
        self.content.as_bytes()
    }

    fn into_content(self) -> bytes::Bytes {
        self.content.into()
    }
}

impl vendor::v2::VendorApi {
    /// A method by hand, beside those that are generated.
    pub fn owner(&self) -> Option<&str> {
        self.client.default_owner()
    }
}

/// Answers one request after another with these bodies, and tells what was asked.
async fn serve<const N: usize>(
    answers: [(&'static str, &'static str); N],
) -> (String, tokio::task::JoinHandle<Vec<String>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let task = tokio::spawn(async move {
        let mut asked = Vec::new();
        for (kind, body) in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(stream.read_u8().await.unwrap());
            }
            let request = String::from_utf8(request).unwrap();
            let length = request.lines().find_map(|line| line.strip_prefix("content-length: "));
            let mut sent = vec![0; length.map_or(0, |length| length.parse().unwrap())];
            stream.read_exact(&mut sent).await.unwrap();
            let first = request.lines().next().unwrap().replace("HTTP/1.1", "");
            let own = ["trace-id: ", "idempotency-key: ", "x-key: mine"];
            let own = request.lines().filter(|line| own.iter().any(|name| line.starts_with(name)));
            let own: String = own.map(|line| format!("[{line}] ")).collect();
            let line = first + &own + &String::from_utf8(sent).unwrap();
            asked.push(line.trim_end().to_owned());
            let status = if body.is_empty() { "204 No Content" } else { "200 OK" };
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\
                 Connection: close\r\n\r\n{body}"
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
        asked
    });
    (address, task)
}

const JSON: &str = "application/json";

#[tokio::test]
async fn keywords_travel_under_their_own_names() {
    use keywords::r#async::{Impl, Loop, LoopRequest, MatchApi, Static, TryRequest};

    let (address, server) = serve([
        (JSON, r#"{"match": [{"use": "Self"}, {"use": "unknown"}], "yield": "9"}"#),
        (JSON, r#"{"match": [{"use": "new", "from": null}], "yield": 9}"#),
        (JSON, r#"{"async": true, "crate": "c", "pageToken": "p", "page_token": "q", "type": {"use": "type"}}"#),
        (JSON, ""),
        (JSON, ""),
    ])
    .await;
    let api = MatchApi::new(&Client::new(&address, None).unwrap());

    let items = api.loop_all(LoopRequest::new("a/b", "..x", "ü").page(4)).try_collect().await;
    let uses: Vec<_> = items.unwrap().into_iter().map(|item: Impl| item.r#use).collect();
    assert_eq!(uses, [Static::Own, Static::NotKnown, Static::from("new")]);

    let request = LoopRequest::new("1", "2", "3").own(true).page_size(5);
    let answer = api.r#loop(request).await.unwrap().into_inner();
    let expected = Loop::default()
        .r#async(true)
        .crate_name("c")
        .page_token("p")
        .other_page_token("q")
        .r#type(Impl::default().r#use("type"));
    assert_eq!(answer, expected);
    let again: Loop = serde_json::from_value(serde_json::to_value(&answer).unwrap()).unwrap();
    assert_eq!(again, answer);

    api.r#await("x").await.unwrap();
    api.r#try(TryRequest::new()).await.unwrap();
    assert_eq!(
        server.await.unwrap(),
        [
            "GET /loop/a%2Fb/of/..x/%C3%BC?page=4&page_size=7",
            "GET /loop/a%2Fb/of/..x/%C3%BC?page=5&page_size=7",
            "GET /loop/1/of/2/3?self=true&page_size=5",
            "DELETE /await/x",
            "POST /try",
        ]
    );
    for (request, name) in
        [(LoopRequest::new("", "b", "c"), "type"), (LoopRequest::new("a", "b", ".."), "in-out")]
    {
        let error = api.r#loop(request).await.unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[tokio::test]
async fn parameters_are_sent_as_they_should() {
    use shapes::v1::{FileAPIApi, Kind, ListShapesRequest, PutShapeRequest, ShapeApi};

    let (address, server) = serve([
        (JSON, r#"{"text": ""}"#),
        (JSON, r#"{"text": ""}"#),
        (JSON, r#"{"units": 7}"#),
        (JSON, r#"{"content": "x"}"#),
        ("text/csv", "a,b"),
    ])
    .await;
    let client = Client::new(&address, Some("o")).unwrap();
    let api = ShapeApi::new(&client);

    let full = ListShapesRequest::new("c")
        .owner("me")
        .limit(3)
        .names(["x", "y&z"])
        .kinds([Kind::Round, Kind::from("odd")])
        .sizes([1, u64::MAX])
        .since("2024-05-06T07:08:09.120Z".parse::<DateTime<Utc>>().unwrap())
        .day("2024-05-06".parse().unwrap())
        .deep(false);
    let kept = full.clone();
    api.list_shapes(full).await.unwrap();
    api.list_shapes("only").await.unwrap();
    let money = api.put_shape(PutShapeRequest::new("1", "2", ["a", "b"])).await.unwrap();
    assert_eq!(money.units, 7);
    let files = FileAPIApi::new(&client);
    assert_eq!(files.read_file(5).await.unwrap().content, "x");
    assert_eq!(files.read_file(6).await.unwrap().content, "a,b");
    assert_eq!(
        server.await.unwrap(),
        [
            "GET /shapes?owner=me&code=c&limit=3&names=x&names=y%26z&kinds=round&kinds=odd&sizes=1\
             &sizes=18446744073709551615&since=2024-05-06T07%3A08%3A09.120Z&day=2024-05-06&deep=false",
            "GET /shapes?owner=o&code=only&limit=9",
            "PUT /shapes/1/2?tags=a&tags=b",
            "GET /files?number=5",
            "GET /files?number=6",
        ]
    );

    let text = serde_json::to_string(&ListShapesRequest::new("c").deep(true)).unwrap();
    assert_eq!(text, r#"{"code":"c","deep":true}"#);
    let again: ListShapesRequest =
        serde_json::from_str(&serde_json::to_string(&kept).unwrap()).unwrap();
    assert_eq!(again, kept);

    let nobody = ShapeApi::new(&Client::new(&address, None).unwrap());
    let error = nobody.list_shapes("c").await.unwrap_err().to_string();
    assert!(error.contains("`owner`") && error.contains("`default_owner`"), "{error}");
    let error = api.list_shapes("").await.unwrap_err().to_string();
    assert!(error.contains("`code`"), "{error}");
    let none: [&str; 0] = [];
    let error = api.put_shape(PutShapeRequest::new("1", "2", none)).await.unwrap_err().to_string();
    assert!(error.contains("`tags`"), "{error}");
}

#[tokio::test]
async fn bodies_are_sent_as_they_should() {
    use keywords::r#async::{MatchApi, WhileRequest};
    use shapes::v1::{Kind, MakeShapeRequest, ShapeApi, UpdateShapeRequest};

    let (address, server) = serve([
        (JSON, r#"{"weight": 1}"#),
        (JSON, r#"{"weight": 1}"#),
        (JSON, ""),
        (JSON, ""),
        (JSON, ""),
        (JSON, ""),
    ])
    .await;
    let client = Client::new(&address, Some("o")).unwrap();
    let api = ShapeApi::new(&client);

    let none: [&str; 0] = [];
    let least = MakeShapeRequest::new("n", false, none, "p");
    api.make_shape(least.clone()).await.unwrap();
    let full = MakeShapeRequest::new("n", true, ["a", "b"], "p")
        .owner("me")
        .limit(-3)
        .note("")
        .maybe_flag(false)
        .size(0)
        .since("2024-05-06T07:08:09.120Z".parse::<DateTime<Utc>>().unwrap())
        .day("2024-05-06".parse().unwrap())
        .month("2024-05".parse().unwrap())
        .kind("odd")
        .tint(Tint("red".to_owned()))
        .kinds([Kind::Round]);
    api.make_shape(full.clone()).await.unwrap();
    api.update_shape(UpdateShapeRequest::new("a/b").texts(none)).await.unwrap();
    api.update_shape(UpdateShapeRequest::new("1").kind(Kind::Square).flag(false)).await.unwrap();
    MatchApi::new(&client).r#while(WhileRequest::new("y").own("z")).await.unwrap();
    api.delete_shape("1").await.unwrap();
    assert_eq!(
        server.await.unwrap(),
        [
            r#"POST /shapes {"flag":false,"limit":9,"name":"n","owner":"o","password":"p","size":4,"tags":[]}"#,
            r#"POST /shapes {"day":"2024-05-06","flag":true,"kind":"odd","kinds":["round"],"limit":-3,"maybe_flag":false,"month":"2024-05","name":"n","note":"","owner":"me","password":"p","since":"2024-05-06T07:08:09.120Z","size":0,"tags":["a","b"],"tint":"red"}"#,
            r#"PATCH /shapes/a%2Fb {"texts":[]}"#,
            r#"PATCH /shapes/1 {"flag":false,"kind":"square"}"#,
            r#"PATCH /while {"self":"z","yield":"y"}"#,
            "DELETE /shapes/1",
        ]
    );

    let text = serde_json::to_string(&full).unwrap();
    assert_eq!(serde_json::from_str::<MakeShapeRequest>(&text).unwrap(), full);
    for (request, name) in [
        (least.clone().name(""), "`name` is empty"),
        (least.clone().password(""), "`password` is empty"),
    ] {
        let error = api.make_shape(request).await.unwrap_err().to_string();
        assert!(error.contains(name), "{error}");
    }
    let nobody = ShapeApi::new(&Client::new(&address, None).unwrap());
    let error = nobody.make_shape(least.clone()).await.unwrap_err().to_string();
    assert!(error.contains("`owner`") && error.contains("`default_owner`"), "{error}");
    for (request, problem) in [
        (UpdateShapeRequest::new("1"), "`texts`, `numbers`, `kind` are all missing"),
        (UpdateShapeRequest::new("1").texts(none).numbers([1]), "`texts` and `numbers` exclude"),
    ] {
        let error = api.update_shape(request).await.unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
    }
}

#[tokio::test]
async fn parameters_stand_for_each_other_and_tokens_lead_on() {
    use shapes::v1::{ShapeApi, WalkShapesRequest};

    let (address, server) = serve([
        (JSON, r#"{"leaves": [{"weight": 1}, {"weight": 2}], "next": "t&u"}"#),
        (JSON, r#"{"leaves": [{"weight": 3}], "next": ""}"#),
        (JSON, r#"{"leaves": [], "next": null}"#),
        (JSON, "{}"),
    ])
    .await;
    let client = Client::new(&address, Some("o")).unwrap();
    let api = ShapeApi::new(&client);

    let all = api.walk_shapes_all(WalkShapesRequest::new().code("c")).try_collect().await.unwrap();
    assert_eq!(all.len(), 3);
    let named = WalkShapesRequest::new().names(["x", "y"]).month("2024-05".parse().unwrap());
    api.walk_shapes(named.page_size(1)).await.unwrap();
    let unlimited = ShapeApi::new(&client.clone().without_limit());
    unlimited.walk_shapes(WalkShapesRequest::new().owner("me").password("p")).await.unwrap();
    assert_eq!(
        server.await.unwrap(),
        [
            "GET /shapes/walk?owner=o&code=c&page_size=3",
            "GET /shapes/walk?owner=o&code=c&page_token=t%26u&page_size=3",
            "GET /shapes/walk?owner=o&names=x&names=y&limit=9&month=2024-05&page_size=1",
            "GET /shapes/walk?owner=me&size=4&password=p",
        ]
    );

    let nobody = ShapeApi::new(&Client::new(&address, None).unwrap());
    for (api, request, problem) in [
        (
            &nobody,
            WalkShapesRequest::new(),
            "`owner` and `names` are missing: set at least one, or",
        ),
        (&api, WalkShapesRequest::new().code("c").size(1), "`code` and `size` exclude each other"),
        (&api, WalkShapesRequest::new().limit(1).size(1), "`limit` and `size` exclude each other"),
    ] {
        let error = api.walk_shapes(request).await.unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
    }
}

#[test]
fn secrets_are_not_shown() {
    use keywords::r#async::WhileRequest;
    use shapes::v1::{MakeShapeRequest, WalkShapesRequest};

    let request = format!("{:?}", MakeShapeRequest::new("name", true, ["tag"], "hidden"));
    assert!(request.starts_with("MakeShapeRequest { owner: None, name: \"name\""), "{request}");
    for text in [
        request,
        format!("{:#?}", WalkShapesRequest::new().password("hidden")),
        format!("{:?}", WhileRequest::new("hidden")),
    ] {
        assert!(text.contains("[redacted]") && !text.contains("hidden"), "{text}");
    }
}

#[tokio::test]
async fn shapes_are_decoded_leniently_and_exactly() {
    use shapes::v1::{Edge, Kind, Leaf, ListShapesRequest, Shape, ShapeApi};

    const FULL: &str = r#"{
        "text": "t", "maybe_text": "", "flag": true, "maybe_flag": false, "small": "-3",
        "maybe_large": "18446744073709551615", "amount": 16295.30, "maybe_amount": "0.1",
        "instant": "2024-05-06T07:08:09.123456+02:00", "day": "2024-02-29",
        "month": "2024-05-01T00:00:00Z", "kind": "odd",
        "maybe_kind": "square", "money": {"units": 1}, "maybe_money": {"units": 2, "more": []},
        "tint": "red", "parent": {"parent": {"text": "grandparent"}}, "children": [null, {"flag": true}, {"flag": false}],
        "edge": {"to": {"edge": {}}, "leaves": [{"weight": 1e-3}]}, "leaf": {"weight": "5"},
        "texts": ["a", ""], "amounts": [1, "2.50", 3E2], "numbers": [1, "-9223372036854775808"],
        "kinds": ["round", "odd"], "moneys": [{"units": 3}], "instants": ["2024-01-01T00:00:00Z"],
        "sum": {"units": 1}, "maybe_sum": {"units": 0}, "sums": [{"units": 3}, {"units": 0}, null],
        "news": {"a": [1]}
    }"#;
    const NULLS: &str = r#"{
        "text": null, "maybe_text": null, "flag": null, "maybe_flag": null, "small": null,
        "maybe_large": null, "amount": null, "maybe_amount": null, "instant": null, "day": null,
        "month": null, "kind": null, "maybe_kind": null, "money": null, "maybe_money": null, "tint": null,
        "parent": null, "children": null, "edge": null, "leaf": null, "texts": null,
        "amounts": null, "numbers": null, "kinds": null, "moneys": null, "instants": null,
        "sum": null, "maybe_sum": null, "sums": null
    }"#;
    let bad = [
        (r#"[]"#, "object"),
        (r#"{"message": "x"}"#, "none of the expected keys"),
        (r#"{"children": [[]]}"#, "children[0]"),
        (r#"{"children": [{"nope": 1}]}"#, "children[0]"),
        (r#"{"parent": {"parent": []}}"#, "parent.parent"),
        (r#"{"money": [1]}"#, "money"),
        (r#"{"leaf": [1]}"#, "leaf"),
        (r#"{"amount": "x"}"#, "amount"),
        (r#"{"amount": 79228162514264337593543950336}"#, "amount"),
        (r#"{"small": 2147483648}"#, "small"),
        (r#"{"text": 1}"#, "text"),
        (r#"{"kind": 1}"#, "kind"),
    ];
    let (address, server) = serve([
        (JSON, FULL),
        (JSON, NULLS),
        (JSON, r#"{"text": ""}"#),
        (JSON, bad[0].0),
        (JSON, bad[1].0),
        (JSON, bad[2].0),
        (JSON, bad[3].0),
        (JSON, bad[4].0),
        (JSON, bad[5].0),
        (JSON, bad[6].0),
        (JSON, bad[7].0),
        (JSON, bad[8].0),
        (JSON, bad[9].0),
        (JSON, bad[10].0),
        (JSON, bad[11].0),
    ])
    .await;
    let api = ShapeApi::new(&Client::new(&address, Some("o")).unwrap());
    let read = async || api.list_shapes(ListShapesRequest::new("c")).await;

    let full = read().await.unwrap().into_inner();
    let expected = Shape::default()
        .text("t")
        .maybe_text("")
        .flag(true)
        .maybe_flag(false)
        .small(-3)
        .maybe_large(u64::MAX)
        .amount("16295.30".parse().unwrap())
        .maybe_amount("0.1".parse().unwrap())
        .instant("2024-05-06T05:08:09.123456Z".parse::<DateTime<Utc>>().unwrap())
        .day("2024-02-29".parse().unwrap())
        .month("2024-05".parse().unwrap())
        .kind("odd")
        .maybe_kind(Kind::Square)
        .money(Money { units: 1 })
        .maybe_money(Money { units: 2 })
        .tint(Tint("red".to_owned()))
        .parent(Shape::default().parent(Shape::default().text("grandparent")))
        .children([Shape::default().flag(true), Shape::default()])
        .edge(
            Edge::default()
                .to(Shape::default().edge(Edge::default()))
                .leaves([Leaf::default().weight("0.001".parse().unwrap())]),
        )
        .leaf(Leaf::default().weight("5".parse().unwrap()))
        .texts(["a", ""])
        .amounts(["1", "2.50", "300"].map(|text| text.parse().unwrap()))
        .numbers([1, i64::MIN])
        .kinds([Kind::Round, Kind::from("odd")])
        .moneys([Money { units: 3 }])
        .sum(Sum { units: 1 })
        .sums([Sum { units: 3 }])
        .instants(["2024-01-01T00:00:00Z".parse().unwrap()]);
    assert_eq!(full, expected);
    assert_eq!(full.amount.unwrap().to_string(), "16295.30");
    let again: Shape = serde_json::from_str(&serde_json::to_string(&full).unwrap()).unwrap();
    assert_eq!(again, full);

    assert_eq!(read().await.unwrap().into_inner(), Shape::default());
    assert_eq!(read().await.unwrap().into_inner(), Shape::default());
    let empty = serde_json::to_string(&Shape::default()).unwrap();
    assert_eq!(serde_json::from_str::<Shape>(&empty).unwrap(), Shape::default());
    for (body, part) in bad {
        let error = read().await.unwrap_err().to_string();
        assert!(error.contains(part), "{body}: {error}");
    }
    drop(server);
}

#[test]
fn what_is_required_is_there_and_the_rest_may_be_odd() {
    use shapes::v1::{Letter, Shape, Subject};

    let read = |json: &str| serde_json::from_str::<Letter>(json);
    let letter = read(r#"{"about":{"name":"a"},"sent":"soon","older":"o"}"#).unwrap();
    let about = Subject::default().name("a");
    assert_eq!(letter, Letter::default().about(about).old("o"));
    let stored = serde_json::to_string(&letter).unwrap();
    assert_eq!(read(&stored).unwrap(), letter);
    for (json, reason) in [
        ("{}", "missing field `about`"),
        (r#"{"about":null}"#, "expected an object"),
        (r#"{"about":{}}"#, "the object is empty"),
        (r#"{"about":{"new":1}}"#, "none of the expected keys"),
        (r#"{"about":{"name":"a"},"number":4294967296}"#, "invalid value"),
    ] {
        let error = read(json).unwrap_err().to_string();
        assert!(error.contains(reason), "{json}: {error}");
    }
    let odd = r#"{"maybe_large":"18446744073709551616","instant":"0000-00-00","month":""}"#;
    assert_eq!(serde_json::from_str::<Shape>(odd).unwrap(), Shape::default());
}

#[test]
fn odd_values_go_round() {
    use prose::v1::{Odd, Prose};

    assert_eq!(Odd::default(), Odd::Empty);
    assert_eq!(Odd::VALUES.len(), 14);
    for value in Odd::VALUES {
        assert_eq!(Odd::from(value.as_str()), *value);
        assert_eq!(Odd::VALUES.iter().filter(|other| other.as_str() == value.as_str()).count(), 1);
    }
    assert_eq!(Odd::from("tab\tnew\nline"), Odd::TabNewLine);
    assert_eq!(Odd::from("mixedcase").as_str(), "mixedcase");
    let text = r#"{"odd":"1.10","two words":"w","quo\"te":"q","Öl":"o","ID":"i"}"#;
    let prose: Prose = serde_json::from_str(text).unwrap();
    let expected = Prose::default().odd("1.10").two_words("w").quo_te("q").oil("o").id("i");
    assert_eq!(prose, expected);
    assert_eq!(prose.odd, Odd::OnePointTen);
    assert_eq!(serde_json::to_string(&prose).unwrap(), text);
}

#[tokio::test]
#[allow(deprecated, reason = "what is deprecated still works")]
async fn what_real_vendors_write_works() {
    use vendor::v2::{
        AddInvoiceRequest, ApiInvoice, CancelInvoicesRequest, InvoiceState, LineItem,
        ListApiKeysRequest, VendorApi,
    };

    const INVOICE: &str = r#"{"scan":"AQI=","stamp":null,"grid":[["1.10",2],[]],"lines":{"a":[{"name":"x"}]},"extra":{"b":[1,{"c":null}]},"state":"lost","total":3.50}"#;
    let list: &'static str = format!(r#"[{INVOICE},null,{{"state":null}}]"#).leak();
    let (address, server) = serve([
        (JSON, list),
        (JSON, "[]"),
        (JSON, r#"{"message":"x"}"#),
        (JSON, r#"[{"stamp":null},{"grid":[["x"]]}]"#),
        (JSON, INVOICE),
        ("text/csv", "a,b"),
        (JSON, ""),
    ])
    .await;
    let api = VendorApi::new(&Client::new(&address, Some("me")).unwrap());
    assert_eq!(api.owner(), Some("me"));

    let request = ListApiKeysRequest::new(7).sort(2).trace_id(9).old_sort("x");
    let invoices = api.list_api_keys(request).await.unwrap().into_inner();
    let [invoice, empty] = invoices.as_slice() else { panic!("{invoices:?}") };
    assert_eq!(*empty, ApiInvoice::default());
    assert_eq!((invoice.scan.as_slice(), &invoice.stamp), (&[1, 2][..], &None));
    let grid = [vec!["1.10".parse().unwrap(), 2.into()], vec![]];
    assert_eq!(invoice.grid, grid);
    assert_eq!(invoice.lines["a"], [LineItem::default().name("x")]);
    assert_eq!(serde_json::to_string(&invoice.extra).unwrap(), r#"{"b":[1,{"c":null}]}"#);
    assert_eq!(invoice.state, InvoiceState::Lost);
    let again: ApiInvoice = serde_json::from_str(&serde_json::to_string(invoice).unwrap()).unwrap();
    assert_eq!(again, *invoice);

    assert!(api.list_api_keys(7).await.unwrap().is_empty());
    let error = api.list_api_keys(7).await.unwrap_err().to_string();
    assert!(error.contains("not the expected JSON list"), "{error}");
    let error = api.list_api_keys(7).await.unwrap_err().to_string();
    assert!(error.contains("`[1].grid"), "{error}");

    let request = AddInvoiceRequest::new(1, "key-1", [1, 2]).stamp([255]).hash([0, 1]);
    let extra = serde_json::from_str(r#"{"a":1}"#).unwrap();
    let request = request.grid([vec!["x".to_owned()], vec![]]).extra(extra);
    let stored = serde_json::to_string(&request).unwrap();
    assert_eq!(serde_json::from_str::<AddInvoiceRequest>(&stored).unwrap(), request);
    api.add_invoice(request).await.unwrap();
    let bad = api.add_invoice(AddInvoiceRequest::new(1, "a\nb", [1])).await.unwrap_err();
    assert!(bad.to_string().contains("`Idempotency-Key` has a character"), "{bad}");
    let none = api.add_invoice(AddInvoiceRequest::new(1, "", [1])).await.unwrap_err();
    assert!(none.to_string().contains("`Idempotency-Key` is empty"), "{none}");

    let file = api.download_csv("1/2").await.unwrap();
    assert_eq!((&*file.content, file.content_type.as_deref()), (&b"a,b"[..], Some("text/csv")));
    let day = chrono::NaiveDate::from_ymd_opt(2026, 5, 4).unwrap();
    let month = BillingMonth::new(2026, 5).unwrap();
    api.cancel_invoices(CancelInvoicesRequest::new(day, month).x_key("mine")).await.unwrap();
    assert_eq!(
        server.await.unwrap(),
        [
            "GET /v2/customers/7/invoices?sort=2&old-sort=x [trace-id: 9]",
            "GET /v2/customers/7/invoices",
            "GET /v2/customers/7/invoices",
            "GET /v2/customers/7/invoices",
            "POST /v2/customers/1/invoices?hash=AAE%3D [idempotency-key: key-1] {\"extra\":{\"a\":1},\"grid\":[[\"x\"],[]],\"scan\":\"AQI=\",\"stamp\":\"/w==\"}",
            "GET /v2/invoices/1%2F2.csv",
            "POST /v2/2026-05-04/invoices/2026-05:cancel",
        ]
    );
}
