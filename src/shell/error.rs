//! How a command ends when it does not end well.

/// `std::result::Result` with this layer's error.
pub type Result<T> = std::result::Result<T, Error>;

/// A line, a stage or a dcmd could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The dcmd was called wrongly: its usage line follows the message, and the line stops (mdb: DCMD_USAGE).
    #[error("{}", .0.as_deref().unwrap_or("improper usage"))]
    Usage(Option<String>),
    /// The dcmd failed (mdb: DCMD_ERR); in a pipeline the next address goes on.
    #[error("{0}")]
    Failed(String),
    /// The statement cannot be parsed or one of its expressions cannot be computed: it is abandoned.
    #[error("{message}")]
    Statement {
        /// What is wrong.
        message: String,
        /// The token at which it shows, for messages that say where they are.
        near: Option<String>,
    },
    /// The statement is abandoned; what was wrong has been said already.
    #[error("the command was abandoned")]
    Told,
    /// The heap could not be read as asked.
    #[error(transparent)]
    Heap(crate::heap::Error),
    /// The image could not be read as asked.
    #[error(transparent)]
    Image(#[from] crate::image::Error),
    /// Ctrl-C: the line stops, the session stays.
    #[error("interrupted")]
    Interrupted,
    /// The session ends (`::quit`, end of input).
    #[error("quit")]
    Quit,
}

impl Error {
    /// A usage error without a message of its own.
    pub fn usage() -> Error {
        Error::Usage(None)
    }

    /// A failure told by `message`.
    pub fn failed(message: impl Into<String>) -> Error {
        Error::Failed(message.into())
    }

    /// An error of the statement that does not say where it is.
    pub fn statement(message: impl Into<String>) -> Error {
        Error::Statement { message: message.into(), near: None }
    }
}

impl From<crate::heap::Error> for Error {
    /// A pass that was asked to stop is an interruption, not a failure; one that may not go on is no fault of the heap.
    fn from(error: crate::heap::Error) -> Error {
        match error {
            crate::heap::Error::Cancelled => Error::Interrupted,
            error @ crate::heap::Error::Memory { .. } => Error::Failed(error.to_string()),
            error => Error::Heap(error),
        }
    }
}

/// What the system says of `error`, without the number that Rust adds.
pub fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}
