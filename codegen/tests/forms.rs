//! The kinds of methods: code generated from a spec with all of them compiles and works, and a spec
//! with a mistake in one is rejected. `drift.rs` compares and rewrites the generated code.

#![allow(clippy::unwrap_used, clippy::missing_errors_doc, reason = "these are tests")]

use std::{fmt, time::Duration};

pub use sdk_core::{
    Error, ErrorKind, Pager, Response, Result,
    http::{Download, Wait},
};
use sdk_core::{
    HeaderCredentials, Operation, Page, Secret, TokenPage,
    http::{Call, ErrorDescription, HttpClient, Outcome, QueryValue, Service, retry_after},
    json::{DeserializeAs, Object, SerializeAs},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// The generated code.
#[path = "golden/forms/generated/mod.rs"]
#[allow(dead_code, unused_imports, reason = "not everything is called here")]
#[rustfmt::skip]
pub mod forms;

use forms::v1::{
    AddThingRequest, FormApi, Kind, ListEndsRequest, ListHandsRequest, ListLinksRequest,
    ListPagesRequest, ListThingsRequest, Part, PutThingRequest, Thing,
};

static SERVICE: Service = Service {
    user_agent: "forms/1",
    request_id_header: "x-request-id",
    describe_error: |_, _, _| ErrorDescription::default(),
};

/// The vendor's client, as generated code expects it.
#[derive(Debug, Clone)]
pub struct Client(HttpClient);

impl Client {
    pub(crate) fn call(&self, operation: &'static Operation) -> Call<'_> {
        self.0.call(operation)
    }
}

/// A hand-written string or number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Id(String);

impl From<&str> for Id {
    fn from(id: &str) -> Self {
        Self(id.to_owned())
    }
}

impl From<String> for Id {
    fn from(id: String) -> Self {
        Self(id)
    }
}

impl From<&String> for Id {
    fn from(id: &String) -> Self {
        Self(id.clone())
    }
}

impl From<&Id> for Id {
    fn from(id: &Id) -> Self {
        id.clone()
    }
}

impl From<u64> for Id {
    fn from(id: u64) -> Self {
        Self(id.to_string())
    }
}

impl AsRef<str> for Id {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// A hand-written string.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Size(u8);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}", self.0)
    }
}

impl QueryValue for Size {
    fn append_to(&self, values: &mut Vec<String>) {
        values.push(self.to_string());
    }
}

/// A hand-written page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Hands {
    hands: Vec<Thing>,
    next: String,
}

impl Page for Hands {
    type Item = Thing;

    fn items_mut(&mut self) -> &mut Vec<Thing> {
        &mut self.hands
    }
}

impl TokenPage for Hands {
    fn next_page_token(&self) -> Option<&str> {
        Some(&self.next)
    }
}

/// A hand-written adapter that accepts only objects.
#[derive(Debug)]
pub struct Wrapped;

impl<'de, T: Deserialize<'de>> DeserializeAs<'de, Option<T>> for Wrapped {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
        Object::deserialize_as(deserializer)
    }
}

impl<T: Serialize> SerializeAs<T> for Wrapped {
    fn serialize_as<S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        value.serialize(serializer)
    }
}

/// A hand-written media type.
#[derive(Debug, Clone, Copy)]
pub struct Format;

impl Format {
    /// The media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        "text/csv"
    }
}

/// A hand-written result that may be pending.
#[derive(Debug, Clone, PartialEq)]
pub struct Later<T>(Option<T>, Option<Duration>);

impl<T: serde::de::DeserializeOwned> Outcome for Later<T> {
    type Ready = T;

    fn ready(value: T) -> Self {
        Self(Some(value), None)
    }

    fn pending(headers: &http::HeaderMap, _: &[u8]) -> Self {
        Self(None, retry_after(headers))
    }

    fn into_ready(self) -> Result<T, Option<Duration>> {
        self.0.ok_or(self.1)
    }
}

/// Responds to one request after another, and returns each request in full.
async fn serve<const N: usize>(
    answers: [(&'static str, &'static str); N],
) -> (FormApi, tokio::task::JoinHandle<Vec<String>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        let mut asked = Vec::new();
        for (head, body) in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(stream.read_u8().await.unwrap());
            }
            let text = String::from_utf8(request.clone()).unwrap();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
            let mut sent = vec![0; length.map_or(0, |length| length.parse().unwrap())];
            stream.read_exact(&mut sent).await.unwrap();
            asked.push(text + &String::from_utf8(sent).unwrap());
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
        asked
    });
    let name = http::HeaderName::from_static("x-key");
    let credentials = HeaderCredentials::new(name, &Secret::from("key")).unwrap();
    let http = HttpClient::builder(&SERVICE, format!("http://{address}"));
    (FormApi::new(&Client(http.build(credentials).unwrap())), task)
}

#[tokio::test]
async fn bodies_are_sent_without_absent_fields() {
    let (api, server) = serve([("201 Created", r#"{"id":"1"}"#), ("202 Accepted", "")]).await;
    let part = Part::default().cost("1.50".parse().unwrap());
    let thing = Thing::default()
        .name("a")
        .parts([("p".to_owned(), part), ("q".to_owned(), Part::default())]);
    api.add_thing(AddThingRequest::from(thing)).await.unwrap();
    let request = PutThingRequest::new(7, Size(5), Kind::Round, Thing::default());
    assert_eq!(api.put_thing(request).await.unwrap().status(), 202);
    let asked = server.await.unwrap();
    assert!(asked[0].starts_with("POST /things HTTP/1.1\r\n"), "{}", asked[0]);
    assert!(asked[0].contains("\r\naccept: application/vnd.api+json\r\n"), "{}", asked[0]);
    assert!(asked[0].contains("\r\ncontent-type: application/vnd.api+json\r\n"), "{}", asked[0]);
    let body = r#"{"name":"a","notes":{},"parts":{"p":{"cost":"1.50"},"q":{}},"prices":{}}"#;
    assert!(asked[0].ends_with(body), "{}", asked[0]);
    assert!(asked[1].starts_with("PUT /things/7/05/round HTTP/1.1\r\n"), "{}", asked[1]);
    assert!(asked[1].contains("\r\ncontent-type: application/json\r\n"), "{}", asked[1]);
    assert!(asked[1].ends_with(r#"{"notes":{},"parts":{},"prices":{}}"#), "{}", asked[1]);
}

#[tokio::test]
async fn cursors_are_found_in_nested_objects() {
    let (api, server) = serve([
        ("200 OK", r#"{"data":[{"Name":"a"}],"meta":{"next_cursor":"a+b/c=="}}"#),
        ("200 OK", r#"{"items":[{"name":"b"}],"meta":{"next_cursor":""}}"#),
        ("200 OK", r#"{"hands":[{"id":"1"}],"next":"n"}"#),
        ("200 OK", r#"{"hands":[{"id":"2"}],"next":""}"#),
    ])
    .await;
    let things =
        api.list_things_all(ListThingsRequest::new().limit(1)).try_collect().await.unwrap();
    assert_eq!(things, [Thing::default().name("a"), Thing::default().name("b")]);
    let hands = api.list_hands_all(ListHandsRequest::new()).try_collect().await.unwrap();
    assert_eq!(hands, [Thing::default().id("1"), Thing::default().id(2)]);
    let asked = server.await.unwrap();
    let lines: Vec<&str> = asked.iter().map(|text| text.split(' ').nth(1).unwrap()).collect();
    assert_eq!(
        lines,
        ["/things?limit=1", "/things?limit=1&cursor=a%2Bb%2Fc%3D%3D", "/hands", "/hands?cursor=n"]
    );
}

#[tokio::test]
async fn pages_use_the_names_of_the_spec() {
    let (api, server) = serve([
        ("200 OK", r#"{"data":[{"name":"a"},{"name":"b"}],"meta":{"total":3}}"#),
        ("200 OK", r#"{"data":[{"name":"c"}],"meta":{"total":3}}"#),
        (
            "200 OK",
            r#"{"data":{"things":[{"name":"a"}]},"links":{"next":"https://x.example/links?page=5"}}"#,
        ),
        ("200 OK", r#"{"data":{"things":[{"name":"b"}]},"links":{}}"#),
        ("200 OK", r#"{"data":{"things":[]},"links":{"next":"/links?pages=5"}}"#),
        ("200 OK", r#"{"things":[{"name":"a"}]}"#),
        ("200 OK", r#"{"things":[]}"#),
    ])
    .await;
    let names = |things: Vec<Thing>| -> Vec<String> {
        things.into_iter().filter_map(|thing| thing.name).collect()
    };
    let pages = api.list_pages_all(ListPagesRequest::new()).try_collect().await.unwrap();
    assert_eq!(names(pages), ["a", "b", "c"]);
    let links = api.list_links_all(ListLinksRequest::new().page(3)).try_collect().await.unwrap();
    assert_eq!(names(links), ["a", "b"]);
    let broken = api.list_links_all(ListLinksRequest::new()).try_collect().await.unwrap_err();
    assert!(broken.to_string().contains("no usable `page`"), "{broken}");
    let ends = api.list_ends_all(ListEndsRequest::new()).try_collect().await.unwrap();
    assert_eq!(names(ends), ["a"]);
    let asked = server.await.unwrap();
    let lines: Vec<&str> = asked.iter().map(|text| text.split(' ').nth(1).unwrap()).collect();
    assert_eq!(
        lines,
        [
            "/pages?page=1&per_page=2",
            "/pages?page=2&per_page=2",
            "/links?page=3",
            "/links?page=5",
            "/links",
            "/ends?page=1",
            "/ends?page=2",
        ]
    );
}

#[tokio::test]
async fn maps_contain_objects_strings_and_amounts() {
    let (api, _server) = serve([
        (
            "200 OK",
            r#"{"parts":{"b":{},"a":{"cost":1.10}},"notes":{"x":"y"},"prices":{"p":"2.50"}}"#,
        ),
        ("200 OK", r#"{"parts":null,"notes":null,"prices":null,"Name":null}"#),
        ("200 OK", r#"{"parts":{"a":[]}}"#),
        ("200 OK", r#"{"parts":{"a":7}}"#),
        ("200 OK", r#"{"parts":[]}"#),
    ])
    .await;
    let thing = api.get_thing("1").await.unwrap().into_inner();
    assert_eq!(thing.parts.keys().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(thing.parts["a"].cost.unwrap().to_string(), "1.10");
    assert_eq!(
        (&*thing.notes["x"], thing.prices["p"].unwrap().to_string()),
        ("y", "2.50".to_owned())
    );
    let again: Thing = serde_json::from_str(&serde_json::to_string(&thing).unwrap()).unwrap();
    assert_eq!(again, thing);
    assert_eq!(api.get_thing(1).await.unwrap().into_inner(), Thing::default());
    for place in ["`parts.a`", "`parts.a`", "`parts`"] {
        let error = api.get_thing(Id::from(1)).await.unwrap_err().to_string();
        assert!(error.contains(place), "{error}");
    }
}

#[test]
fn sent_objects_distinguish_null_and_reject_unknown_keys() {
    use forms::v1::{ChangeThingRequest, Changes};

    for (changes, json) in [
        (Changes::default(), r#"{"part":{}}"#),
        (Changes::default().clear_note(), r#"{"note":null,"part":{}}"#),
        (Changes::default().note("n"), r#"{"note":"n","part":{}}"#),
    ] {
        let request = ChangeThingRequest::new("i", changes);
        let stored = serde_json::to_string(&request).unwrap();
        assert_eq!(stored, format!(r#"{{"id":"i","changes":{json}}}"#));
        assert_eq!(serde_json::from_str::<ChangeThingRequest>(&stored).unwrap(), request);
    }
    for (json, reason) in [
        (r#"{"changes":{"part":{}}}"#, "missing field `id`"),
        (r#"{"id":"i"}"#, "missing field `changes`"),
        (r#"{"id":"i","changes":{}}"#, "missing field `part`"),
        (r#"{"id":"i","changes":{"part":{}},"change":{}}"#, "unknown field `change`"),
        (r#"{"id":"i","changes":{"part":{},"notes":"n"}}"#, "unknown field `notes`"),
        (r#"{"id":"i","changes":{"part":{"costs":1}}}"#, "unknown field `costs`"),
    ] {
        let error = serde_json::from_str::<ChangeThingRequest>(json).unwrap_err().to_string();
        assert!(error.contains(reason), "{json}: {error}");
    }
}

#[tokio::test]
async fn files_and_pending_results() {
    let (api, server) = serve([
        ("200 OK\r\ncontent-type: text/csv", "a,b"),
        ("202 Accepted\r\nretry-after: 5", "anything"),
        ("202 Accepted", "{}"),
        ("200 OK", r#"{"name":"a"}"#),
    ])
    .await;
    let file = api.download_thing(1, Format).await.unwrap();
    assert_eq!(file.content, "a,b");
    let later = api.get_later(1).await.unwrap().into_inner();
    assert_eq!(later, Later(None, Some(Duration::from_secs(5))));
    let wait = Wait::new().first_step(Duration::ZERO);
    let thing = api.get_later_when_ready("1", wait).await.unwrap();
    assert_eq!(thing.name.as_deref(), Some("a"));
    let asked = server.await.unwrap();
    assert!(asked[0].contains("\r\naccept: text/csv\r\n"), "{}", asked[0]);
}

/// A replacement in the good spec, the place that is rejected, and a part of the reason.
const BROKEN: &[(&str, &str, &str, &str)] = &[
    // Bodies.
    (
        "        description: The thing.\n",
        "",
        "paths./things.post.requestBody",
        "`description` is missing",
    ),
    (
        "        x-rust-name: thing\n",
        "",
        "paths./things.post.requestBody",
        "`x-rust-name` is missing",
    ),
    (
        "x-rust-name: thing",
        "x-rust-name: Thing",
        "paths./things.post.requestBody.x-rust-name",
        "not a snake_case name",
    ),
    (
        "required: true\n        description: The thing.",
        "required: false\n        description: The thing.",
        "paths./things.post.requestBody.required",
        "a body is always required",
    ),
    (
        "content: { application/vnd.api+json: { schema: { $ref: \"#/components/schemas/Thing\" } } }\n        x-rust-name",
        "content: { text/xml: { schema: { $ref: \"#/components/schemas/Thing\" } } }\n        x-rust-name",
        "paths./things.post.requestBody.content",
        "`text/xml`",
    ),
    (
        "content: { application/vnd.api+json: { schema: { $ref: \"#/components/schemas/Thing\" } } }\n        x-rust-name",
        "content: { application/vnd.api+json: { schema: { $ref: \"#/components/schemas/Kind\" } } }\n        x-rust-name",
        "paths./things.post.requestBody.content.application/vnd.api+json.schema",
        "a body must be an object",
    ),
    (
        "content: { application/vnd.api+json: { schema: { $ref: \"#/components/schemas/Thing\" } } }\n        x-rust-name",
        "content: { application/vnd.api+json: { schema: { type: object, properties: { a: { type: string, description: A. } } } } }\n        x-rust-name",
        "paths./things.post.requestBody.content.application/vnd.api+json.schema",
        "needs a whole object",
    ),
    (
        "content: { application/vnd.api+json: { schema: { $ref: \"#/components/schemas/Thing\" } } }\n        x-rust-name",
        "content: { application/json: {}, application/vnd.api+json: {} }\n        x-rust-name",
        "paths./things.post.requestBody.content.application/vnd.api+json",
        "only one JSON media type",
    ),
    // Paths.
    (
        "description: Its size., schema: { $ref: \"#/components/schemas/Size\" }",
        "description: Its size., schema: { type: boolean }",
        "paths./things/{id}/{size}/{kind}.put.parameters[1].schema",
        "a path parameter is a string, an integer, a date or a month",
    ),
    // Files.
    (
        "            text/csv: {}\n            application/pdf: {}\n",
        "",
        "paths./things/{id}.get.x-download",
        "the response has no file media type",
    ),
    (
        "      x-download: { name: download_thing, format: crate::Format, summary: Downloads a thing., example: \"form.download_thing(1, Format).await?;\" }\n",
        "",
        "paths./things/{id}.get",
        "add `x-download`",
    ),
    (
        "            text/csv: {}\n",
        "            text/csv: { schema: { type: string } }\n",
        "paths./things/{id}.get.responses.200.content.text/csv",
        "`schema`",
    ),
    (
        "            text/csv: {}\n",
        "            application/octet-stream: {}\n",
        "paths./things/{id}.get.responses.200.content.application/octet-stream",
        "the media type selects the file",
    ),
    (
        "name: download_thing",
        "name: Download",
        "paths./things/{id}.get.x-download.name",
        "not a snake_case name",
    ),
    (
        "name: download_thing",
        "name: list_things_all",
        "paths./things/{id}.get",
        "the method name `list_things_all` is taken",
    ),
    (
        "format: crate::Format",
        "format: Format",
        "paths./things/{id}.get.x-download.format",
        "a type at the crate root",
    ),
    (
        "summary: Downloads a thing., ",
        "",
        "paths./things/{id}.get.x-download",
        "`summary` is missing",
    ),
    (
        "example: \"form.download_thing(1, Format).await?;\"",
        "example: \"let\"",
        "paths./things/{id}.get.x-download.example",
        "not Rust code",
    ),
    // Responses that are not ready.
    (
        "        \"202\": { description: It is not ready. }\n",
        "",
        "paths./things/{id}/later.get.x-outcome",
        "both a 200 and a 202",
    ),
    (
        "      x-outcome: { type: crate::Later, summary: Waits for a thing., example: \"form.get_later_when_ready(1, Wait::new()).await?;\" }\n",
        "",
        "paths./things/{id}/later.get",
        "add `x-outcome`",
    ),
    (
        "\"202\": { description: It is not ready. }",
        "\"202\": {}",
        "paths./things/{id}/later.get.responses.202",
        "`description` is missing",
    ),
    (
        "\"202\": { description: It is not ready. }",
        "\"202\": { description: X., content: {} }",
        "paths./things/{id}/later.get.responses.202",
        "`content`",
    ),
    (
        "\"202\": { description: It is not ready. }",
        "\"201\": { description: X. }",
        "paths./things/{id}/later.get.responses",
        "an operation has one",
    ),
    (
        "type: crate::Later",
        "type: Later",
        "paths./things/{id}/later.get.x-outcome.type",
        "a type at the crate root",
    ),
    (
        "summary: Waits for a thing., ",
        "",
        "paths./things/{id}/later.get.x-outcome",
        "`summary` is missing",
    ),
    // Pages.
    (
        "{ name: cursor, in: query, description: Which., schema: { type: string } }",
        "{ name: token, in: query, description: Which., schema: { type: string } }",
        "paths./things.get.x-pagination.page",
        "an optional query parameter `cursor`",
    ),
    (
        "items: data, next: meta",
        "items: meta, next: meta",
        "paths./things.get.x-pagination.items",
        "`Things` has no property `meta` that is a list of objects",
    ),
    (
        "items: data, next: meta",
        "next: meta",
        "paths./things.get.x-pagination",
        "`items` is missing",
    ),
    (
        "next: meta.next_cursor",
        "next: meta.other",
        "paths./things.get.x-pagination.next",
        "`Things` has no property `meta.other` that is a string",
    ),
    (
        "next: meta.next_cursor",
        "next: data.next_cursor",
        "paths./things.get.x-pagination.next",
        "no property `data.next_cursor`",
    ),
    (
        "next: meta.next_cursor",
        "total: meta.next_cursor",
        "paths./things.get.x-pagination",
        "pages with tokens have a `next` or a `next-link`",
    ),
    (
        "page: cursor, items",
        "page: cursor, page-size: 5, items",
        "paths./things.get.x-pagination",
        "`size` is missing",
    ),
    (
        "page: cursor, items",
        "page: cursor, size: limit, items",
        "paths./things.get.x-pagination",
        "`page-size` is missing",
    ),
    (
        "page: cursor, summary: Lists all., ",
        "page: cursor, items: hands, summary: Lists all., ",
        "paths./hands.get.x-pagination",
        "`items`",
    ),
    (
        "page: cursor, items",
        "style: cursor, page: cursor, items",
        "paths./things.get.x-pagination",
        "`style`",
    ),
    (
        "total: meta.total, summary",
        "total: meta.totl, summary",
        "paths./pages.get.x-pagination.total",
        "no property `meta.totl` that is a required integer of format uint64",
    ),
    (
        "total: meta.total, summary",
        "total: meta.total, next-link: meta.total, summary",
        "paths./pages.get.x-pagination",
        "numbered pages have a `total` or a `next-link`",
    ),
    (
        "size: per_page, page-size: 2",
        "size: page_size, page-size: 2",
        "paths./pages.get.x-pagination.size",
        "an optional query parameter `page_size`, an integer",
    ),
    // Properties.
    (
        "x-aliases: [Name]",
        "x-aliases: [name]",
        "components.schemas.Thing.properties.name",
        "`name` occurs twice",
    ),
    (
        "x-aliases: [Name]",
        "x-aliases: [id]",
        "components.schemas.Thing.properties.name",
        "`id` occurs twice",
    ),
    (
        "x-aliases: [Name]",
        "x-aliases: [A, A]",
        "components.schemas.Thing.properties.name.x-aliases[1]",
        "each only once",
    ),
    (
        "x-aliases: [Name]",
        "x-aliases: []",
        "components.schemas.Thing.properties.name.x-aliases",
        "the list is empty",
    ),
    (
        "x-aliases: [Name]",
        "x-rust-adapter: crate::Wrapped",
        "components.schemas.Thing.properties.name.x-rust-adapter",
        "only the objects of a list",
    ),
    (
        "x-rust-adapter: crate::Wrapped",
        "x-rust-adapter: Wrapped",
        "components.schemas.Things.properties.data.x-rust-adapter",
        "a type at the crate root",
    ),
    (
        "additionalProperties: { type: string }",
        "additionalProperties: false",
        "components.schemas.Thing.properties.notes.additionalProperties",
        "`type` is missing",
    ),
    (
        "additionalProperties: { type: string }",
        "additionalProperties: { type: [string, \"null\"] }",
        "components.schemas.Thing.properties.notes.additionalProperties",
        "maps of nulls",
    ),
    (
        "type: object, additionalProperties: { type: string }",
        "type: [object, \"null\"], additionalProperties: { type: string }",
        "components.schemas.Thing.properties.notes",
        "a null map is decoded as empty",
    ),
    (
        "additionalProperties: { type: string }",
        "additionalProperties: { type: string }, properties: {}",
        "components.schemas.Thing.properties.notes",
        "`properties`",
    ),
    (
        "name: limit, in: query, description: How many., schema: { type: integer, format: uint32 }",
        "name: limit, in: query, description: How many., schema: { type: object, additionalProperties: { type: string } }",
        "paths./things.get.parameters[0].schema",
        "cannot have this type",
    ),
    // Strings that may be numbers.
    (
        "Id: { type: [string, integer]",
        "Id: { type: [integer, string]",
        "components.schemas.Id.type",
        "`[string, integer]` with `x-rust-type`",
    ),
    (
        "type: [string, integer], description: A text or a number by hand., x-rust-type: crate::Id",
        "type: [string, integer], description: X.",
        "components.schemas.Id.type",
        "`[string, integer]` with `x-rust-type`",
    ),
];

#[test]
fn broken_forms_are_rejected_with_file_place_and_reason() {
    const GOOD: &str = include_str!("golden/forms/spec.yaml");
    let hand = codegen::CrateRoot::read(include_str!("forms.rs"), []).unwrap();
    let read =
        |text: String| codegen::generate("golden", &[("forms.yaml".to_owned(), text)], &hand);
    read(GOOD.to_owned()).unwrap();
    let mut wrong = Vec::new();
    for (from, to, path, reason) in BROKEN {
        assert!(GOOD.contains(from), "not in the good spec: {from}");
        match read(GOOD.replacen(from, to, 1)).map_err(|refusal| refusal.to_string()) {
            Ok(_) => wrong.push(format!("accepted: {from} -> {to}")),
            Err(text)
                if text.starts_with("forms.yaml:")
                    && text.contains(&format!(": at `{path}`: "))
                    && text.contains(reason) => {}
            Err(text) => {
                wrong.push(format!("{from} -> {to}\n  due: {path}: {reason}\n  was: {text}"))
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
