use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpSocket},
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer},
};

/// How a [`ScriptedServer`] handles one request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Sends these bytes and closes the connection.
    Bytes(Vec<u8>),
    /// Closes the connection without a response.
    Close,
    /// Sends these bytes, then nothing more, and keeps the connection open.
    Stall(Vec<u8>),
}

impl Reply {
    /// A response with this status line, these header lines, and a body with its `Content-Length`.
    pub fn http(status: &str, headers: &[&str], body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let mut bytes = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n", body.len());
        for header in headers {
            bytes.push_str(header);
            bytes.push_str("\r\n");
        }
        bytes.push_str("connection: close\r\n\r\n");
        Self::Bytes([bytes.as_bytes(), body].concat())
    }

    /// The same response without its last `missing` bytes.
    #[must_use]
    pub fn cut(self, missing: usize) -> Self {
        let Self::Bytes(mut bytes) = self else { panic!("nothing to cut") };
        bytes.truncate(bytes.len() - missing);
        Self::Bytes(bytes)
    }
}

/// A JSON response with status 200.
pub fn json(body: impl AsRef<[u8]>) -> Reply {
    Reply::http("200 OK", &["content-type: application/json"], body)
}

/// A server on loopback that plays one reply per request, and repeats the last one.
#[derive(Debug)]
pub struct ScriptedServer {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    root_pem: Option<String>,
    task: JoinHandle<()>,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl ScriptedServer {
    /// Starts a server with this script.
    pub async fn start(script: impl IntoIterator<Item = Reply>) -> Self {
        Self::serve(script, None).await
    }

    /// Like `start`, but over TLS, with a certificate from its own root.
    pub async fn start_tls(script: impl IntoIterator<Item = Reply>) -> Self {
        Self::serve(script, Some(certified())).await
    }

    async fn serve(
        script: impl IntoIterator<Item = Reply>,
        tls: Option<(TlsAcceptor, String)>,
    ) -> Self {
        Self::listen(TcpListener::bind("127.0.0.1:0").await.unwrap(), script, tls)
    }

    fn listen(
        listener: TcpListener,
        script: impl IntoIterator<Item = Reply>,
        tls: Option<(TlsAcceptor, String)>,
    ) -> Self {
        let script: Vec<Reply> = script.into_iter().collect();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (acceptor, root_pem) = tls.unzip();
        let task = tokio::spawn(serve(listener, acceptor, script, Arc::clone(&requests)));
        Self { address, requests, root_pem, task }
    }

    /// `http://127.0.0.1:…`, or `https` over TLS.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.root_pem.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// The root certificate to trust, in PEM.
    #[must_use]
    pub fn root_pem(&self) -> &[u8] {
        self.root_pem.as_deref().unwrap_or_default().as_bytes()
    }

    /// All requests so far: head and body, as received.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for ScriptedServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A port on loopback that refuses connections, and that no other program gets.
#[derive(Debug)]
pub struct ClosedPort(TcpSocket);

impl ClosedPort {
    /// Reserves a free port.
    #[must_use]
    pub fn take() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        Self(socket)
    }

    /// `http://127.0.0.1:…`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.0.local_addr().unwrap())
    }

    /// Starts a server on it.
    #[must_use]
    pub fn open(self, script: impl IntoIterator<Item = Reply>) -> ScriptedServer {
        ScriptedServer::listen(self.0.listen(16).unwrap(), script, None)
    }
}

/// A certificate for 127.0.0.1, and the root that signed it.
fn certified() -> (TlsAcceptor, String) {
    let mut root = CertificateParams::new(Vec::new()).unwrap();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf =
        CertificateParams::new(["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &root).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), root.pem())
}

async fn serve(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    script: Vec<Reply>,
    requests: Arc<Mutex<Vec<String>>>,
) {
    let mut stalled = Vec::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { return };
        let mut stream: Box<dyn Stream> = match &acceptor {
            None => Box::new(stream),
            Some(acceptor) => match acceptor.accept(stream).await {
                Ok(stream) => Box::new(stream),
                // The client did not trust the certificate.
                Err(_) => continue,
            },
        };
        let request = read_request(&mut stream).await;
        let number = {
            let mut requests = requests.lock().unwrap();
            requests.push(request);
            requests.len() - 1
        };
        match script.get(number).or(script.last()) {
            Some(Reply::Bytes(bytes)) => {
                // The peer may have closed the connection, which is fine.
                let _ = stream.write_all(bytes).await;
                let _ = stream.shutdown().await;
            }
            Some(Reply::Stall(bytes)) => {
                let _ = stream.write_all(bytes).await;
                stalled.push(stream);
            }
            Some(Reply::Close) | None => {}
        }
    }
}

/// Reads a head, and the body up to the announced length.
async fn read_request(stream: &mut dyn Stream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .map_or(0, |(_, value)| value.trim().parse().unwrap());
            if body.len() >= length {
                return text.into_owned();
            }
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return text.into_owned(),
            Ok(n) => bytes.extend_from_slice(&buffer[..n]),
        }
    }
}
