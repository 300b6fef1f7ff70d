//! How moments are written: for people and programs in China's time, for HTTP and for names of files in
//! UTC; and which moment is told of several. It reads no clock.

use domain::EpochSeconds;
use domain::calendar::SHANGHAI;
use jiff::fmt::strtime;

/// RFC 3339 with China's offset, such as `2023-08-15T10:10:05+08:00`.
pub(crate) fn rfc3339(at: EpochSeconds) -> String {
    format!("{}+08:00", SHANGHAI.to_datetime(at.timestamp()))
}

/// The date of RFC 9110, section 5.6.7, such as `Tue, 15 Aug 2023 02:10:05 GMT`.
pub(crate) fn http_date(at: EpochSeconds) -> String {
    utc("%a, %d %b %Y %H:%M:%S GMT", at)
}

/// In a name of a file, such as `20230815T021005Z`.
pub(crate) fn in_file_name(at: EpochSeconds) -> String {
    utc("%Y%m%dT%H%M%SZ", at)
}

/// The earliest of the latest moments of tables that an answer rests on: what is said of the whole
/// answer must not claim more than each of them has.
pub(crate) fn earliest<const N: usize>(
    latest_of_tables: [Option<EpochSeconds>; N],
) -> Option<EpochSeconds> {
    latest_of_tables.into_iter().flatten().min()
}

fn utc(format: &str, at: EpochSeconds) -> String {
    strtime::format(format, at.timestamp()).expect("the format asks for nothing but date and time")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_chinas_time_and_as_http_and_files_have_it() {
        let at: EpochSeconds = "2023-07-31T16:00:05Z".parse().expect("an instant");
        assert_eq!(rfc3339(at), "2023-08-01T00:00:05+08:00");
        assert_eq!(http_date(at), "Mon, 31 Jul 2023 16:00:05 GMT");
        assert_eq!(in_file_name(at), "20230731T160005Z");
        assert_eq!(rfc3339(EpochSeconds::new(0)), "1970-01-01T08:00:00+08:00");
    }
}
