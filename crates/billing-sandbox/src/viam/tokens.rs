//! Access tokens: issuing and checking them.

use std::collections::HashMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tonic::Status;
use tonic::metadata::MetadataMap;
use viam_billing::server::auth::AuthenticateRequest;

pub(super) const API_KEY: &str = "viam-sandbox-api-key-0000000000000000";
pub(super) const API_KEY_ID: &str = "5a4db0c5-0000-4000-8000-0a51ed000001";

/// The issued tokens and their expiry.
#[derive(Debug)]
pub(super) struct Tokens {
    lifetime: Duration,
    valid: HashMap<String, Instant>,
}

impl Tokens {
    pub(super) fn new(lifetime: Duration) -> Self {
        Self { lifetime, valid: HashMap::new() }
    }

    /// Exchanges an API key for a token.
    pub(super) fn issue(
        &mut self,
        metadata: &MetadataMap,
        request: AuthenticateRequest,
    ) -> Result<String, Status> {
        if metadata.contains_key("authorization") {
            return Err(Status::invalid_argument("already authenticated; cannot re-authenticate"));
        }
        let Some(credentials) = request.credentials else {
            return Err(Status::invalid_argument("credentials required"));
        };
        if credentials.r#type != "api-key" {
            let kind = credentials.r#type;
            let message = format!("do not know how to handle credential type {kind:?}");
            return Err(Status::invalid_argument(message));
        }
        if request.entity != API_KEY_ID || credentials.payload != API_KEY {
            return Err(Status::unauthenticated("invalid credentials"));
        }
        let issued = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let claims = serde_json::json!({
            "iss": "sandbox",
            "sub": request.entity,
            "iat": issued.as_secs_f64(),
            "exp": (issued + self.lifetime).as_secs_f64(),
            "jti": self.valid.len().to_string(),
            "rpc_creds_type": "api-key",
        });
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let token = format!(
            "{}.{}.{}",
            encode(r#"{"alg":"none"}"#),
            encode(&claims.to_string()),
            encode("")
        );
        self.valid.insert(token.clone(), Instant::now() + self.lifetime);
        Ok(token)
    }

    /// Lets a call pass only with a token that has not expired.
    pub(super) fn check(&self, metadata: &MetadataMap) -> Result<(), Status> {
        let mut headers = metadata.get_all("authorization").iter();
        let (Some(header), None) = (headers.next(), headers.next()) else {
            return Err(Status::unauthenticated("authentication required"));
        };
        let Some(token) = header.to_str().ok().and_then(|text| text.strip_prefix("Bearer ")) else {
            let message = "expected authorization header with prefix: Bearer ";
            return Err(Status::unauthenticated(message));
        };
        match self.valid.get(token) {
            Some(end) if *end > Instant::now() => Ok(()),
            Some(_) => Err(Status::unauthenticated("unauthenticated: token is expired")),
            None => Err(Status::unauthenticated("unauthenticated: unknown token")),
        }
    }
}
