//! The program itself, as its operator runs it.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running command. It does not outlive its test.
pub struct Running {
    child: Child,
    log: Arc<Mutex<String>>,
    /// Reads the log. It ends with the last line.
    reader: JoinHandle<()>,
}

impl Running {
    /// Runs it on this database.
    pub fn start(arguments: &[&str], url: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_folkmoot"));
        command.args(arguments).env("DATABASE_URL", url);
        Self::spawn(command)
    }

    /// Runs this command.
    pub fn spawn(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log = Arc::new(Mutex::new(String::new()));
        let kept = log.clone();
        let reader = std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                *kept.lock().unwrap() += &(line + "\n");
            }
        });
        Self { child, log, reader }
    }

    /// A server, when it listens, and its address.
    pub async fn serve(url: &str) -> (Self, String) {
        let server = Self::start(&["serve", "--listen", "127.0.0.1:0"], url);
        let line = server.says("ready: http://").await;
        let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap();
        (server, format!("http://{address}"))
    }

    /// What has been read of its standard error so far. A line that answers a request may come later than the answer: see `says`.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Waits for a line with this text.
    pub async fn says(&self, text: &str) -> String {
        let found = || self.log().lines().find(|line| line.contains(text)).map(str::to_owned);
        eventually(|| self.log(), async || found()).await
    }

    /// Sends it a signal by its name, as `kill` does.
    #[cfg(unix)]
    pub fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal).unwrap();
    }

    /// Ends it at once, as `kill -9` does.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// How it ended. Its log is whole then.
    pub async fn end(&mut self) -> ExitStatus {
        let log = self.log.clone();
        let (child, reader) = (&mut self.child, &self.reader);
        let ended = async || child.try_wait().unwrap().filter(|_| reader.is_finished());
        eventually(|| log.lock().unwrap().clone(), ended).await
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a command prints on this database, or why it failed.
pub fn output(arguments: &[&str], url: &str) -> Result<String, String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_folkmoot"));
    let output = command.args(arguments).env("DATABASE_URL", url).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

/// Looks until something is found. If nothing is found in time, it panics with the text of `otherwise`.
pub async fn eventually<T>(otherwise: impl Fn() -> String, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(begin.elapsed() < PATIENCE, "waited in vain: {}", otherwise());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
