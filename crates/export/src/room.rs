//! What a full disk looks like to whoever writes a workbook. The library's writers of rows panic where a write fails.

use crate::ExportError;
use rust_xlsxwriter::XlsxError;
use std::any::Any;
use std::error::Error;
use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a panic says of a full disk: the kind of the error, as it is printed.
const KINDS: [&str; 3] = ["StorageFull", "QuotaExceeded", "FileTooLarge"];

/// Does what may find the disk full. Afterwards the workbook is of no use but to be dropped.
pub(crate) fn written<T>(write: impl FnOnce() -> Result<T, XlsxError>) -> Result<T, ExportError> {
    match catch_unwind(AssertUnwindSafe(write)) {
        Ok(result) => result.map_err(of_workbook),
        Err(panic) => Err(of_panic(&*panic)),
    }
}

fn of_workbook(error: XlsxError) -> ExportError {
    let is_full = match &error {
        XlsxError::IoError(cause) | XlsxError::TempFileError(_, cause) => is_full(cause),
        // What is written into memory finds no disk, but what is read back into it may.
        error => error.source().and_then(|cause| cause.downcast_ref()).is_some_and(is_full),
    };
    if is_full { ExportError::NoRoom(error.into()) } else { ExportError::Workbook(error) }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge)
}

fn of_panic(panic: &(dyn Any + Send)) -> ExportError {
    let said = panic.downcast_ref::<String>().cloned();
    let said =
        said.or_else(|| panic.downcast_ref::<&str>().map(|said| (*said).to_owned())).unwrap_or_default();
    match KINDS.iter().any(|kind| said.contains(kind)) {
        true => ExportError::NoRoom(said.into()),
        false => ExportError::Broken(said),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "what is caught here is a panic")]

    use super::*;

    #[test]
    fn a_full_disk_is_told_from_what_is_our_fault() {
        for kind in [ErrorKind::StorageFull, ErrorKind::QuotaExceeded, ErrorKind::FileTooLarge] {
            let full = || io::Error::from(kind);
            assert!(matches!(written::<()>(|| Err(XlsxError::IoError(full()))), Err(ExportError::NoRoom(_))));
            let panics = || -> Result<(), XlsxError> { panic!("Couldn't write to xml file: {:?}", full()) };
            assert!(matches!(written(panics), Err(ExportError::NoRoom(_))), "{kind}");
        }
        let other = || Err::<(), _>(XlsxError::IoError(ErrorKind::PermissionDenied.into()));
        assert!(matches!(written(other), Err(ExportError::Workbook(_))));
        let broken = written(|| -> Result<(), XlsxError> { panic!("no such column") });
        assert!(matches!(broken, Err(ExportError::Broken(said)) if said.contains("no such column")));
    }
}
