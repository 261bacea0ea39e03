use std::{collections::HashMap, error::Error as _, ffi::OsString, fs};

use tempfile::TempDir;

use super::{
    file::{CONFIG_HOME, HOME},
    *,
};

const ACCESS: &str = "SCWABCDEFGHIJ0123456";
const ONE: &str = "11111111-1111-1111-1111-111111111111";
const TWO: &str = "22222222-2222-2222-2222-222222222222";
const THREE: &str = "33333333-3333-3333-3333-333333333333";

type Variables = HashMap<String, OsString>;

fn variables(pairs: &[(&str, &str)]) -> Variables {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.into())).collect()
}

fn from_env(variables: &Variables) -> Result<Settings> {
    let variables = variables.clone();
    Settings::from_env(&move |name| variables.get(name).cloned())
}

fn from_pairs(pairs: &[(&str, &str)]) -> Result<Settings> {
    from_env(&variables(pairs))
}

/// A home with a configuration file, and the variables that point to it.
struct Home {
    folder: TempDir,
    variables: Variables,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let variables = variables(&[(HOME, folder.path().to_str().unwrap())]);
        Self { folder, variables }
    }

    fn with(text: &str) -> Self {
        Self::new().file(".config/scw/config.yaml", text)
    }

    fn path(&self, path: &str) -> String {
        self.folder.path().join(path).to_str().unwrap().to_owned()
    }

    fn file(self, path: &str, text: impl AsRef<[u8]>) -> Self {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.into());
        self
    }

    fn read(&self) -> Result<Settings> {
        from_env(&self.variables)
    }

    fn read_profile(&self, name: &str) -> Result<Settings> {
        let variables = self.variables.clone();
        Settings::from_profile(name, &move |name| variables.get(name).cloned())
    }
}

fn text(setting: &Option<Setting<String>>) -> Option<&str> {
    setting.as_ref().map(|setting| setting.value.as_str())
}

fn secret(settings: &Settings) -> Option<&str> {
    settings.secret_key.as_ref().map(|setting| setting.value.expose())
}

fn message(result: Result<impl fmt::Debug>) -> String {
    result.unwrap_err().to_string()
}

#[track_caller]
fn assert_has(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "no {part:?} in: {message}");
    }
}

#[test]
fn missing_settings_are_not_an_error() {
    let settings = from_pairs(&[]).unwrap();
    assert!(secret(&settings).is_none() && settings.api_url.is_none());
    assert_has(
        &settings.missing_secret_key(),
        &["SCW_SECRET_KEY", "SCW_CONFIG_PATH", "XDG_CONFIG_HOME", HOME],
    );
    settings.validate().unwrap();
    let on_builder = Settings::default().missing_secret_key();
    assert_has(&on_builder, &["from_env", "`secret_key`"]);
}

#[test]
fn every_setting_comes_from_its_variable() {
    let settings = from_pairs(&[
        ("SCW_ACCESS_KEY", ACCESS),
        ("SCW_SECRET_KEY", ONE),
        ("SCW_API_URL", "https://api.example.com"),
        ("SCW_DEFAULT_ORGANIZATION_ID", TWO),
        ("SCW_DEFAULT_PROJECT_ID", THREE),
        ("SCW_USER_AGENT", "reports/1.0"),
    ])
    .unwrap();
    settings.validate().unwrap();
    assert_eq!(text(&settings.access_key), Some(ACCESS));
    assert_eq!(secret(&settings), Some(ONE));
    assert_eq!(text(&settings.api_url), Some("https://api.example.com"));
    assert_eq!(text(&settings.default_organization_id), Some(TWO));
    assert_eq!(text(&settings.default_project_id), Some(THREE));
    assert_eq!(text(&settings.user_agent), Some("reports/1.0"));
}

#[test]
fn the_first_variable_that_exists_wins() {
    for (names, is_organization) in [(SECRET_KEY, false), (ORGANIZATION, true)] {
        for first in 0..names.len() {
            // All variables from here on are set, each to a different value.
            let all: Variables = names[first..]
                .iter()
                .map(|name| ((*name).to_owned(), format!("value of {name}").into()))
                .collect();
            let settings = from_env(&all).unwrap();
            let value = match is_organization {
                true => text(&settings.default_organization_id),
                false => secret(&settings),
            };
            assert_eq!(value, Some(format!("value of {}", names[first]).as_str()));
        }
    }
}

#[test]
fn the_legacy_key_is_never_both_keys() {
    let settings = from_pairs(&[("SCALEWAY_ACCESS_KEY", ONE)]).unwrap();
    assert_eq!((secret(&settings), text(&settings.access_key)), (Some(ONE), None));
    settings.validate().unwrap();

    for name in &SECRET_KEY[..3] {
        let settings = from_pairs(&[("SCALEWAY_ACCESS_KEY", ACCESS), (name, ONE)]).unwrap();
        assert_eq!((secret(&settings), text(&settings.access_key)), (Some(ONE), Some(ACCESS)));
        settings.validate().unwrap();
    }
    let pairs = [("SCALEWAY_ACCESS_KEY", ONE), ("SCW_ACCESS_KEY", ACCESS)];
    let settings = from_pairs(&pairs).unwrap();
    assert_eq!((secret(&settings), text(&settings.access_key)), (Some(ONE), Some(ACCESS)));
}

#[test]
fn an_empty_variable_is_an_error_that_names_it() {
    let all = [ACCESS_KEY, SECRET_KEY, API_URL, ORGANIZATION, PROJECT, USER_AGENT].concat();
    for name in all.into_iter().chain([INSECURE, TLS_VERIFY]) {
        assert_has(&message(from_pairs(&[(name, "")])), &[name, "empty"]);
    }
    // A variable that takes precedence hides it.
    from_pairs(&[("SCW_SECRET_KEY", ONE), ("SCW_TOKEN", "")]).unwrap();
    // An empty variable that takes precedence hides a valid one, as with the official tools.
    assert!(from_pairs(&[("SCW_SECRET_KEY", ""), ("SCW_TOKEN", ONE)]).is_err());
}

#[test]
fn empty_path_variables_are_ignored() {
    let home = Home::with("api_url: https://file.example.com\nprofiles: {prod: {}}");
    for name in [PROFILE, CONFIG_PATH, CONFIG_HOME] {
        let settings = from_env(&{
            let mut variables = home.variables.clone();
            variables.insert(name.to_owned(), OsString::new());
            variables
        });
        assert_eq!(text(&settings.unwrap().api_url), Some("https://file.example.com"));
    }
    from_pairs(&[(HOME, ""), (CONFIG_HOME, ""), (CONFIG_PATH, ""), (PROFILE, "")]).unwrap();
}

#[test]
fn irrelevant_settings_are_ignored() {
    let ignored = ["SCW_DEFAULT_REGION", "SCW_REGION", "SCW_DEFAULT_ZONE", "SCW_S3_ENDPOINT"];
    for value in ["", "???"] {
        let pairs: Vec<_> = ignored.iter().map(|name| (*name, value)).collect();
        from_pairs(&pairs).unwrap();
    }
    let home = Home::with(
        "default_region: []\ndefault_zone: ''\ns3_endpoint: 5\ns3_use_path_style: x\n\
             send_telemetry: {}\nsomething_new: [1]\n3: x\n",
    );
    home.read().unwrap().validate().unwrap();
}

#[cfg(unix)]
#[test]
fn a_variable_must_be_unicode() {
    use std::os::unix::ffi::OsStringExt as _;

    for name in ["SCW_SECRET_KEY", "SCW_API_URL", INSECURE, PROFILE] {
        let value = OsString::from_vec(b"secret\xff".to_vec());
        let error = message(from_env(&Variables::from([(name.to_owned(), value)])));
        assert_has(&error, &[name, "Unicode"]);
        assert!(!error.contains("secret\u{fffd}"), "{error}");
    }
}

#[test]
fn the_file_is_looked_for_in_order() {
    let url = |name: &str| format!("api_url: https://{name}.example.com\n");
    let found = |home: &Home| text(&home.read().unwrap().api_url).map(str::to_owned);
    let host = |name: &str| Some(format!("https://{name}.example.com"));

    let home = Home::new();
    assert_eq!(found(&home), None);
    let home = home.file(".config/scw/config.yml", url("yml"));
    assert_eq!(found(&home), host("yml"));
    let home = home.file(".config/scw/config.yaml", url("home"));
    assert_eq!(found(&home), host("home"));
    let xdg = home.path("xdg");
    let home = home.set(CONFIG_HOME, &xdg);
    assert_eq!(found(&home), None);
    let home = home.file("xdg/scw/config.yml", url("xdg-yml"));
    assert_eq!(found(&home), host("xdg-yml"));
    let home = home.file("xdg/scw/config.yaml", url("xdg"));
    assert_eq!(found(&home), host("xdg"));
    let named = home.path("named.yaml");
    let home = home.file("named.yml", url("no-fallback")).set(CONFIG_PATH, &named);
    assert_has(&message(home.read()), &["SCW_CONFIG_PATH", "does not exist"]);
    let home = home.file("named.yaml", url("named"));
    assert_eq!(found(&home), host("named"));
}

#[test]
fn a_missing_file_is_an_error_only_if_named() {
    let home = Home::new();
    let path = home.path(".config/scw/config.yaml");
    let settings = home.read().unwrap();
    assert_has(&settings.missing_secret_key(), &["SCW_SECRET_KEY", "`secret_key`", &path]);
    assert_has(&message(home.read_profile("prod")), &["profile", &path]);
    assert_has(&message(home.read_profile("default")), &["profile", &path]);
    assert_has(&message(home.set(PROFILE, "prod").read()), &[PROFILE, &path]);
    // A service's home.
    from_pairs(&[(HOME, "/dev/null")]).unwrap();
}

#[test]
fn a_file_that_would_take_long_to_read_is_refused() {
    let lines = |line: &str, count: usize| line.repeat(count);
    for (text, reason) in [
        (lines("[", 60_000), "lists inside lists"),
        (lines("a: [\n", 10_000), "lists inside lists"),
        (lines("{a: ", 10_000), "lists inside lists"),
        (lines("- ", 30_000), "lists inside lists"),
        (lines("? ", 30_000), "lists inside lists"),
        (lines("key: value\n", 10_000), "larger than 65536 bytes"),
        // Each line is ten times the one before it.
        (
            std::iter::once("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned())
                .chain((1..9).map(|n| {
                    let before = vec![format!("*a{}", n - 1); 10].join(", ");
                    format!("a{n}: &a{n} [{before}]\n")
                }))
                .collect(),
            "not valid YAML",
        ),
    ] {
        let start = std::time::Instant::now();
        let error = message(Home::new().file(".config/scw/config.yaml", &text).read());
        assert_has(&error, &["config.yaml", reason]);
        assert!(start.elapsed().as_secs() < 10, "{reason}: {:?}", start.elapsed());
    }
    // As large and as deeply nested as a valid file may be.
    let profiles: String = (0..500)
        .map(|n| format!("  p{n}:\n    access_key: {ACCESS}\n    labels: [a, {{b: [c]}}]\n"))
        .collect();
    Home::new().file(".config/scw/config.yaml", format!("profiles:\n{profiles}")).read().unwrap();
    let nested = |depth: usize| format!("x: {}{}\n", "[".repeat(depth), "]".repeat(depth));
    let marked = |depth: usize| format!("x:\n {}a\n", "- ".repeat(depth));
    let sized = |size: usize| format!("#{}", "x".repeat(size - 1));
    for (text, is_read) in [
        (nested(16), true),
        (nested(17), false),
        (marked(16), true),
        (marked(17), false),
        (sized(65_536), true),
        (sized(65_537), false),
    ] {
        let read = Home::new().file(".config/scw/config.yaml", &text).read();
        assert_eq!(read.is_ok(), is_read, "{}", &text[..20]);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_an_error() {
    let home = Home::new().file(".config/scw/config.yaml/x", "");
    assert_has(&message(home.read()), &["config.yaml", "cannot be read"]);
    let home = Home::new().file(".config/scw/config.yaml", b"secret_key: \xff\xfe");
    assert_has(&message(home.read()), &["config.yaml", "cannot be read", "UTF-8"]);
}

const PROFILES: &str = "
access_key: SCWABCDEFGHIJ0123456
secret_key: 11111111-1111-1111-1111-111111111111
default_organization_id: 11111111-1111-1111-1111-111111111111
user_agent: top/1.0
active_profile: prod
profiles:
  prod:
    secret_key: 22222222-2222-2222-2222-222222222222
    default_project_id: 22222222-2222-2222-2222-222222222222
    user_agent: null
  test:
    secret_key: 33333333-3333-3333-3333-333333333333
  empty:
";

#[test]
fn a_profile_overrides_the_top_of_the_file() {
    let home = Home::with(PROFILES);
    let check = |settings: &Settings, key: &str, project: Option<&str>| {
        assert_eq!(secret(settings), Some(key));
        assert_eq!(text(&settings.default_project_id), project);
        assert_eq!(text(&settings.access_key), Some(ACCESS));
        assert_eq!(text(&settings.default_organization_id), Some(ONE));
        assert_eq!(text(&settings.user_agent), Some("top/1.0"));
        settings.validate().unwrap();
    };
    check(&home.read().unwrap(), TWO, Some(TWO));
    for (name, key, project) in [
        ("default", ONE, None),
        ("prod", TWO, Some(TWO)),
        ("test", THREE, None),
        ("empty", ONE, None),
    ] {
        check(&home.read_profile(name).unwrap(), key, project);
        let named = from_env(&{
            let mut variables = home.variables.clone();
            variables.insert(PROFILE.to_owned(), name.into());
            variables
        });
        check(&named.unwrap(), key, project);
    }
}

#[test]
fn the_environment_overrides_the_profile() {
    let home =
        Home::with(PROFILES).set("SCALEWAY_TOKEN", THREE).set("SCW_USER_AGENT", "environment/1.0");
    let settings = home.read().unwrap();
    assert_eq!(secret(&settings), Some(THREE));
    assert_eq!(text(&settings.user_agent), Some("environment/1.0"));
    assert_eq!(text(&settings.default_project_id), Some(TWO));
}

#[test]
fn a_profile_takes_nothing_from_the_environment() {
    let mut home = Home::with(PROFILES).set(PROFILE, "test").set(INSECURE, "yes");
    for name in [ACCESS_KEY, SECRET_KEY, API_URL, ORGANIZATION, PROJECT, USER_AGENT].concat() {
        home = home.set(name, "");
    }
    let settings = home.read_profile("prod").unwrap();
    assert_eq!(secret(&settings), Some(TWO));
    assert!(settings.api_url.is_none());
}

#[test]
fn an_unknown_profile_is_an_error_that_lists_the_known() {
    let home = Home::with(PROFILES);
    let path = home.path(".config/scw/config.yaml");
    let known = "default, prod, test, empty";
    assert_has(&message(home.read_profile("prdo")), &[&path, "from_profile", known]);
    assert_has(&message(home.read_profile("")), &[&path, known]);
    assert_has(&message(home.set(PROFILE, "prdo").read()), &[&path, PROFILE, known]);
    let home = Home::with("active_profile: prdo");
    assert_has(&message(home.read()), &["`active_profile`", "default"]);
    let home = Home::with("active_profile: default");
    home.read().unwrap();
}

#[test]
fn a_file_of_the_wrong_shape_is_an_error_that_says_where() {
    for (file, parts) in [
        ("secret_key: [a, b]", &["`secret_key`", "must be a string"] as &[_]),
        ("secret_key: {a: b}", &["`secret_key`", "must be a string"]),
        ("secret_key: !key a", &["`secret_key`", "must be a string"]),
        ("secret_key: 12345", &["`secret_key`", "number", "quotes"]),
        ("user_agent: true", &["`user_agent`", "true or false", "quotes"]),
        ("api_url: ''", &["`api_url`", "empty"]),
        ("active_profile: ''", &["`active_profile`", "empty"]),
        ("active_profile: 5", &["`active_profile`", "number"]),
        ("active_profile: p\nprofiles: {p: {access_key: 5}}", &["chosen profile", "`access_key`"]),
        ("active_profile: p\nprofiles: {p: [a]}", &["`active_profile`", "key: value"]),
        ("active_profile: p\nprofiles: [p]", &["`profiles`", "names"]),
        ("- a\n- b", &["key: value"]),
        ("just text", &["key: value"]),
        ("access_key: a\nsecret_key: 'b", &["not valid YAML", "line 2"]),
        ("access_key: a\n\tsecret_key: b", &["not valid YAML", "line 2"]),
        ("secret_key: a\nsecret_key: b", &["not valid YAML"]),
        ("<<: 5", &["not valid YAML"]),
    ] {
        let home = Home::with(file);
        let error = message(home.read());
        assert_has(&error, &[&home.path(".config/scw/config.yaml")]);
        assert_has(&error, parts);
    }
    for file in ["", "# nothing\n", "secret_key:\napi_url: ~\nprofiles: null", "---\n"] {
        assert!(secret(&Home::with(file).read().unwrap()).is_none(), "{file}");
    }
}

#[test]
fn unused_settings_may_be_invalid() {
    let file = "api_url: []\nsecret_key: 5\nactive_profile: p\n\
                    profiles: {p: {secret_key: good}, q: [], 5: {}}";
    let home = Home::with(file).set("SCW_API_URL", "https://api.example.com");
    assert_eq!(secret(&home.read().unwrap()), Some("good"));
}

#[test]
fn merge_keys_are_followed() {
    let home = Home::with(
        "base: &base {user_agent: base/1.0}\nactive_profile: p\nprofiles: {p: {<<: *base}}",
    );
    assert_eq!(text(&home.read().unwrap().user_agent), Some("base/1.0"));
}

/// `Some(true)` is rejected, `Some(false)` is accepted, and `None` is rejected as unreadable.
#[track_caller]
fn assert_insecure(result: Result<Settings>, expected: Option<bool>, source: &str) {
    match expected {
        Some(false) => drop(result.unwrap()),
        Some(true) => assert_has(
            &message(result),
            &[source, "always on", "remove it", "add_root_certificates"],
        ),
        None => assert_has(&message(result), &[source, "true or false"]),
    }
}

#[test]
fn insecure_is_read_strictly_and_refused() {
    let yes = ["1", "t", "T", "true", "TRUE", "True"];
    let no = ["0", "f", "F", "false", "FALSE", "False"];
    let bad = ["yes", "no", "on", "off", "2", "tRUE", " true", "y"];
    let all = yes.map(|text| (text, Some(true))).into_iter();
    let all = all.chain(no.map(|text| (text, Some(false)))).chain(bad.map(|text| (text, None)));
    for (text, expected) in all {
        let inverted = expected.map(|insecure| !insecure);
        assert_insecure(from_pairs(&[(INSECURE, text)]), expected, INSECURE);
        assert_insecure(from_pairs(&[(TLS_VERIFY, text)]), inverted, TLS_VERIFY);
        // The newer variable takes precedence over the older one.
        let both = [(INSECURE, text), (TLS_VERIFY, "nonsense")];
        assert_insecure(from_pairs(&both), expected, INSECURE);
    }
    for (value, expected) in [
        ("true", Some(true)),
        ("false", Some(false)),
        ("True", Some(true)),
        ("yes", Some(true)),
        ("No", Some(false)),
        ("on", Some(true)),
        ("OFF", Some(false)),
        ("'1'", Some(true)),
        ("'f'", Some(false)),
        ("null", Some(false)),
        ("''", None),
        ("1", None),
        ("nope", None),
        ("[true]", None),
    ] {
        let home = Home::with(&format!("insecure: {value}"));
        assert_insecure(home.read(), expected, "`insecure`");
        assert_insecure(home.read_profile("default"), expected, "`insecure`");
    }
}

#[test]
fn insecure_in_a_variable_overrides_the_file() {
    for file in ["true", "false", "nonsense"] {
        let text = format!("insecure: {file}");
        for (name, value, expected) in [
            (INSECURE, "false", Some(false)),
            (INSECURE, "true", Some(true)),
            (INSECURE, "nonsense", None),
            (TLS_VERIFY, "true", Some(false)),
            (TLS_VERIFY, "false", Some(true)),
            (TLS_VERIFY, "yes", None),
        ] {
            assert_insecure(Home::with(&text).set(name, value).read(), expected, name);
        }
    }
    let profile = "insecure: true\nprofiles: {safe: {insecure: false}}";
    Home::with(profile).read_profile("safe").unwrap();
    let profile = "insecure: false\nprofiles: {unsafe: {insecure: true}}";
    assert_insecure(Home::with(profile).read_profile("unsafe"), Some(true), "chosen profile");
}

#[test]
fn formats_are_checked() {
    let with_project = format!("{ACCESS}@{ONE}");
    let long = "x".repeat(512);
    let good = [
        ("SCW_ACCESS_KEY", ACCESS),
        ("SCW_ACCESS_KEY", &with_project),
        ("SCW_SECRET_KEY", "aAbBcCdD-0123-4567-89ef-EF0123456789"),
        ("SCW_API_URL", "https://api.example.com/prefix"),
        ("SCW_API_URL", "http://127.0.0.1:8080"),
        ("SCW_USER_AGENT", &long),
    ];
    for (name, value) in good {
        from_pairs(&[(name, value)]).unwrap().validate().unwrap();
    }
    let too_long = "x".repeat(513);
    for (name, value, expected) in [
        ("SCW_ACCESS_KEY", "SCWABC", "17 capital letters or digits"),
        ("SCW_ACCESS_KEY", "scwabcdefghij0123456", "17 capital"),
        ("SCW_ACCESS_KEY", "SCWABCDEFGHIJ0123456@x", "17 capital"),
        ("SCW_ACCESS_KEY", ONE, "secret key"),
        ("SCW_SECRET_KEY", ACCESS, "is an access key"),
        ("SCW_SECRET_KEY", &with_project, "is an access key"),
        ("SCALEWAY_ACCESS_KEY", ACCESS, "is an access key"),
        ("SCW_SECRET_KEY", "11111111-1111-1111-1111-11111111111", "UUID"),
        ("SCW_SECRET_KEY", "{11111111-1111-1111-1111-11111111111}", "UUID"),
        ("SCW_SECRET_KEY", "1111111111111-1111-1111-11111111-1111", "UUID"),
        ("SCW_TOKEN", "g1111111-1111-1111-1111-111111111111", "UUID"),
        ("SCW_DEFAULT_ORGANIZATION_ID", "acme", "UUID"),
        ("SCALEWAY_ORGANIZATION", "acme", "UUID"),
        ("SCW_DEFAULT_PROJECT_ID", "é1111111-1111-1111-1111-11111111111", "UUID"),
        ("SCW_API_URL", "api.example.com", "not a URL"),
        ("SCW_API_URL", "ftp://api.example.com", "not a URL"),
        ("SCW_API_URL", "http://", "not a URL"),
        ("SCW_API_URL", "https://api.example.com/", "slash"),
        ("SCW_USER_AGENT", "line\nbreak", "printable"),
        ("SCW_USER_AGENT", "café", "printable"),
        ("SCW_USER_AGENT", &too_long, "512"),
    ] {
        let error = message(from_pairs(&[(name, value)]).unwrap().validate());
        assert_has(&error, &[name, expected]);
        assert!(!error.contains(value), "{error}");
    }
}

#[test]
fn messages_name_the_source() {
    let home = Home::with("access_key: nonsense");
    let path = home.path(".config/scw/config.yaml");
    let settings = home.read().unwrap();
    let debug = format!("{settings:?}");
    assert!(debug.contains(&path) && !debug.contains("nonsense"), "{debug}");
    let error = message(settings.validate());
    assert_has(&error, &["access key", "`access_key` in", &path]);

    let mut settings = home.read().unwrap();
    settings.access_key = Some(Setting::on_builder("access_key", "nonsense".to_owned()));
    assert_has(&message(settings.validate()), &["`access_key` of the builder"]);
    assert_has(&settings.missing_secret_key(), &["SCW_SECRET_KEY", &path]);
    let settings = home.read_profile("default").unwrap();
    assert_has(&settings.missing_secret_key(), &["`secret_key`", &path]);
}

const SENTINELS: [&str; 2] = ["5ec2e75e-c2e7-5ec2-e75e-c2e75ec2e75e", "5ec2e75ec2e7"];

#[track_caller]
fn assert_silent(what: &str, result: &Result<Settings>, sentinel: &str) {
    let mut shown = Vec::new();
    let mut add = |error: &Error| {
        shown.extend([error.to_string(), format!("{error:?}"), format!("{error:#?}")]);
        let mut next = error.source();
        while let Some(error) = next {
            shown.extend([error.to_string(), format!("{error:?}")]);
            next = error.source();
        }
    };
    match result {
        Err(error) => add(error),
        Ok(settings) => {
            if let Err(error) = settings.validate() {
                add(&error);
            }
            shown.extend([format!("{settings:?}"), settings.missing_secret_key()]);
        }
    }
    for shown in shown {
        assert!(!shown.contains(sentinel), "{what}: {shown}");
    }
}

#[test]
fn no_message_repeats_a_value() {
    let files = [
        "access_key: S",
        "secret_key: S",
        "secret_key: 'S",
        "secret_key: [S]",
        "secret_key: {S: S}",
        "secret_key: !S S",
        "secret_key: !S [",
        "secret_key: *S",
        "secret_key: &S",
        "secret_key: S: S",
        "secret_key:S",
        "secret_key: S\nsecret_key: S",
        "S: S\nS: S",
        "S: [",
        "secret_key = S",
        "S",
        "- S",
        "\tS: S",
        "%S",
        "@S",
        "`S`",
        "\"\\S\"",
        "<<: S",
        "<<: [S]",
        "api_url: S",
        "api_url: https://S/",
        "default_organization_id: xS",
        "default_project_id: xS",
        "user_agent: \"S\\n\"",
        "insecure: S",
        "insecure: [S]",
        "active_profile: S",
        "active_profile: [S]",
        "active_profile: S\nprofiles: S",
        "active_profile: S\nprofiles: {S: S}",
        "active_profile: prod\nprofiles: {S: S}",
        "active_profile: prod\nprofiles: {prod: S}",
        "active_profile: prod\nprofiles: {prod: [S]}",
        "active_profile: prod\nprofiles: {prod: {secret_key: [S], S: S}}",
        "profiles: S",
        "--- S\n--- S",
    ];
    let mut failures = 0;
    // The names of profiles are listed, except one that could be a secret key.
    let home = Home::with(&"profiles: {S: {secret_key: [S]}}".replace('S', SENTINELS[0]));
    assert_silent("name", &home.read_profile(SENTINELS[0]), SENTINELS[0]);
    assert_silent("name", &home.read_profile("prod"), SENTINELS[0]);
    for sentinel in SENTINELS {
        for file in files {
            let home = Home::with(&file.replace('S', sentinel));
            for result in [home.read(), home.read_profile("prod"), home.read_profile(sentinel)] {
                failures += usize::from(result.is_err());
                assert_silent(file, &result, sentinel);
            }
        }
        let names = [ACCESS_KEY, SECRET_KEY, API_URL, ORGANIZATION, PROJECT, USER_AGENT];
        let names = names.concat().into_iter();
        for name in names.chain([INSECURE, TLS_VERIFY, PROFILE, CONFIG_PATH]) {
            for value in [sentinel.to_owned(), format!("{sentinel}\n"), format!("SCW{sentinel}")] {
                for home in [Home::new(), Home::with(PROFILES)] {
                    let result = home.set(name, &value).read();
                    failures += usize::from(result.is_err());
                    assert_silent(name, &result, sentinel);
                }
            }
        }
    }
    assert!(failures > 100, "only {failures} of these fail");
}

/// Keeps the text of every event.
#[cfg(unix)]
#[derive(Clone, Default)]
struct Events(std::sync::Arc<std::sync::Mutex<Vec<String>>>);

#[cfg(unix)]
impl tracing::Subscriber for Events {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        struct Text(String);
        impl tracing::field::Visit for Text {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn fmt::Debug) {
                self.0.push_str(&format!(" {field}={value:?}"));
            }
        }
        let mut text = Text(event.metadata().level().to_string());
        event.record(&mut text);
        self.0.lock().unwrap().push(text.0);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_read_causes_a_warning() {
    use std::os::unix::fs::PermissionsExt as _;

    let home = Home::with(PROFILES);
    let path = home.path(".config/scw/config.yaml");
    for (mode, warned) in
        [(0o600, false), (0o400, false), (0o640, true), (0o604, true), (0o644, true)]
    {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let events = Events::default();
        tracing::subscriber::with_default(events.clone(), || {
            home.read().unwrap();
        });
        let events = events.0.lock().unwrap();
        assert_eq!(events.len(), usize::from(warned), "{mode:o}: {events:?}");
        for event in events.iter() {
            assert_has(event, &["WARN", &path, &format!("{mode:04o}"), "0600"]);
            assert!(!event.contains(ONE) && !event.contains(TWO), "{event}");
        }
    }
}
