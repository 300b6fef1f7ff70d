//! The child process in which ClickHouse's library runs: this same program, started with a special
//! first argument. So a crash of the engine is not a crash of a service.

use std::ffi::{CStr, CString, OsString, c_char, c_int, c_void};
use std::os::unix::ffi::OsStringExt as _;

use libloading::Library;

/// The first argument that makes this program the engine.
pub(crate) const ARGUMENT: &str = "embedded-clickhouse";

/// Turns this process into ClickHouse and never returns, if that is what it was started for.
///
/// Call it first in `main`: before threads, a runtime or signal handlers, which belong to the
/// engine here. Without the hidden first argument it does nothing.
pub fn become_clickhouse_if_asked() {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_none_or(|first| first != ARGUMENT) {
        return;
    }
    std::process::exit(match run(arguments) {
        Ok(()) => 0,
        Err(problem) => {
            eprintln!("{problem}");
            1
        }
    })
}

/// Runs `clickhouse local` to its end. The first argument names the library; the others are passed
/// on.
#[expect(unsafe_code, reason = "the library's interface is C's")]
fn run(mut arguments: impl Iterator<Item = OsString>) -> Result<(), String> {
    let path = arguments.next().ok_or("no library is named")?;
    let arguments = std::iter::once(Ok(c"clickhouse".to_owned()))
        .chain(arguments.map(|argument| CString::new(argument.into_vec())))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| e.to_string())?;
    let count = c_int::try_from(arguments.len()).map_err(|e| e.to_string())?;
    let mut pointers: Vec<*mut c_char> =
        arguments.iter().map(|argument| argument.as_ptr().cast_mut()).collect();
    pointers.push(std::ptr::null_mut());

    // SAFETY: the library is the one whose checksum this program holds, and the two signatures are
    // those of its header, chdb.h. The arguments outlive the call and end with a null pointer, as
    // for a C `main`; nothing of what the library returns is used after it. The library is never
    // unloaded, since it leaves threads behind.
    unsafe {
        let library = std::mem::ManuallyDrop::new(Library::new(&path).map_err(|e| chain(&e))?);
        let main = library
            .get::<unsafe extern "C" fn(c_int, *mut *mut c_char) -> *mut c_void>(
                b"chdb_query_cmdline\0",
            )
            .map_err(|e| chain(&e))?;
        let error_of = library
            .get::<unsafe extern "C" fn(*mut c_void) -> *const c_char>(b"chdb_result_error\0")
            .map_err(|e| chain(&e))?;
        let result = main(count, pointers.as_mut_ptr());
        if result.is_null() {
            return Err("ClickHouse returned nothing".to_owned());
        }
        let error = error_of(result);
        if error.is_null() {
            Ok(())
        } else {
            Err(CStr::from_ptr(error).to_string_lossy().into_owned())
        }
    }
}

/// An error with its causes: what the dynamic linker says is the last of them.
fn chain(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |e| e.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_is_not_one_is_named() {
        let problem = run(["/etc/passwd".into()].into_iter()).unwrap_err();
        assert!(problem.contains("/etc/passwd"), "{problem}");
        assert_eq!(run(std::iter::empty()).unwrap_err(), "no library is named");
    }
}
