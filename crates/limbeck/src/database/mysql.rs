use super::*;
pub(super) fn connect(_url: &Url, _options: &Options) -> Result<Box<dyn Connection>, DatabaseError> {
    Err(DatabaseError::new(
        ErrorKind::Unsupported,
        "the driver is not written yet",
    ))
}
