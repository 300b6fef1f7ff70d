//! Instants of RFC 3339 that are checked and not kept, of any year.
//!
//! The instants of an event's data have a narrower form, which `domain` decides.

/// Whether a text is a `date-time`.
pub(crate) fn is_date_time(text: &str) -> bool {
    date_time(text.as_bytes()).is_some()
}

fn date_time(text: &[u8]) -> Option<()> {
    let (moment, rest) = text.split_first_chunk::<19>()?;
    let number = |at: usize| two_digits([moment[at], moment[at + 1]]);
    let has_its_signs = moment[4] == b'-'
        && moment[7] == b'-'
        && matches!(moment[10], b'T' | b't')
        && moment[13] == b':'
        && moment[16] == b':';
    let year = number(0)? * 100 + number(2)?;
    let (month, day) = (number(5)?, number(8)?);
    let (hour, minute, second) = (number(11)?, number(14)?, number(17)?);
    let fraction = match rest.strip_prefix(b".") {
        Some(digits) => 1 + digits.iter().take_while(|byte| byte.is_ascii_digit()).count(),
        None => 0,
    };
    let ahead = match &rest[fraction..] {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), hours @ .., b':', ten, one] => {
            let (hours, minutes) = (two_digits(hours.try_into().ok()?)?, two_digits([*ten, *one])?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            (hours * 60 + minutes) * if *sign == b'+' { 1 } else { -1 }
        }
        _ => return None,
    };
    let is_a_day = day >= 1 && day <= days_of(year, month)?;
    let is_a_minute = hour <= 23 && minute <= 59;
    // A leap second is the last of a day of UTC.
    let is_last_minute = (hour * 60 + minute - ahead).rem_euclid(1_440) == 1_439;
    let is_a_second = second <= 59 || (second == 60 && is_last_minute);
    (has_its_signs && is_a_day && is_a_minute && is_a_second && fraction != 1).then_some(())
}

fn two_digits(digits: [u8; 2]) -> Option<i32> {
    let [ten, one] = digits.map(|byte| byte.is_ascii_digit().then(|| i32::from(byte - b'0')));
    Some(ten? * 10 + one?)
}

fn days_of(year: i32, month: i32) -> Option<i32> {
    let is_leap_year = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 => Some(if is_leap_year { 29 } else { 28 }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_of_any_year_in_any_offset_is_one() {
        for right in [
            "1970-01-01T00:00:00+08:00",
            "0001-01-01T00:00:00Z",
            "0000-02-29T00:00:00Z",
            "9999-12-31T23:59:59.999999999999-23:59",
            "2023-07-05t10:11:12.25z",
            "2000-02-29T00:00:00-00:00",
            "2016-12-31T23:59:60Z",
            "2017-01-01T07:59:60+08:00",
        ] {
            assert!(is_date_time(right), "{right}");
        }
        for wrong in [
            "",
            "2023-07-05",
            "2023-07-05T10:11:12",
            "2023-07-05 10:11:12Z",
            "2023-07-05T10:11Z",
            "2023-07-05T24:00:00Z",
            "2023-07-05T10:60:00Z",
            "2023-07-05T10:11:61Z",
            "2023-07-05T10:11:60Z",
            "2023-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2023-13-01T00:00:00Z",
            "2023-00-01T00:00:00Z",
            "2023-01-00T00:00:00Z",
            "2023-07-05T10:11:12.Z",
            "2023-07-05T10:11:12,5Z",
            "2023-07-05T10:11:12+24:00",
            "2023-07-05T10:11:12+08:60",
            "2023-07-05T10:11:12+0800",
            "2023-07-05T10:11:12+8:00",
            "2023-07-05T10:11:12+008:00",
            "2023-07-05T10:11:12Z ",
            "+2023-07-05T10:11:12Z",
            "２023-07-05T10:11:12Z",
        ] {
            assert!(!is_date_time(wrong), "{wrong}");
        }
    }
}
