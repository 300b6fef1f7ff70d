//! Removes numbers and addresses that identify a person from free text before it is stored (D6).
//!
//! It finds what has a recognisable form: identity numbers, telephone and card numbers, email
//! addresses. Names have no such form, so a name in a review stays; before single reviews are
//! published, they must be searched again.

use std::borrow::Cow;

/// The mark that replaces each removed piece.
pub const MARK: &str = "[＊]";

/// The longest run of digits that is kept: the shortest local telephone number has seven.
const DIGITS_IN_A_ROW_MAX: usize = 6;

/// The most digits with separators between them that are kept: a date has eight.
const DIGITS_WITH_SEPARATORS_MAX: usize = 9;

/// Replaces everything that looks like a person's number or an email address with [`MARK`].
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut redacted = String::new();
    let mut kept_from = 0;
    let mut at = 0;
    while at < text.len() {
        let length = number_length(&text[at..]).max(mail_length(text, at));
        if length > 0 {
            redacted.push_str(&text[kept_from..at]);
            redacted.push_str(MARK);
            at += length;
            kept_from = at;
        } else {
            at += next_token_length(&text[at..]);
        }
    }
    if kept_from == 0 && redacted.is_empty() {
        return Cow::Borrowed(text);
    }
    redacted.push_str(&text[kept_from..]);
    Cow::Owned(redacted)
}

/// The length of a run of digits or of letters, or of one character. Runs are skipped whole, so
/// that the tail of a short number or of a word is not taken for another one.
fn next_token_length(text: &str) -> usize {
    let run = |belongs: fn(char) -> bool| text.find(|c| !belongs(c)).unwrap_or(text.len());
    let first = text.chars().next().map_or(1, char::len_utf8);
    run(is_digit).max(run(|c| is_mail_character(c) && !is_digit(c))).max(first)
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || ('０'..='９').contains(&c)
}

fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '-' | '.' | '－' | '·' | '　' | '(' | ')' | '（' | '）' | '+')
}

/// The length in bytes of a number at the start of `text` if it is long enough to identify a
/// person, otherwise 0.
fn number_length(text: &str) -> usize {
    let (mut digits, mut in_a_row, mut longest, mut end) = (0, 0, 0, 0);
    for (at, c) in text.char_indices() {
        if is_digit(c) {
            digits += 1;
            in_a_row += 1;
            longest = longest.max(in_a_row);
            end = at + c.len_utf8();
        } else if is_separator(c) && digits > 0 {
            in_a_row = 0;
        } else {
            // An identity number may end in this check character.
            if matches!(c, 'x' | 'X') && in_a_row == 17 {
                end = at + 1;
            }
            break;
        }
    }
    let identifies = longest > DIGITS_IN_A_ROW_MAX || digits > DIGITS_WITH_SEPARATORS_MAX;
    if identifies { end } else { 0 }
}

fn is_mail_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '%')
}

/// The length in bytes of an email address that begins at `at`, or 0. `at` is always the start of a
/// token, since tokens are skipped whole.
fn mail_length(text: &str, at: usize) -> usize {
    let text = &text[at..];
    let name = text.find(|c| !is_mail_character(c)).unwrap_or(text.len());
    let Some(domain) = text[name..].strip_prefix(['@', '＠']) else { return 0 };
    let sign = text.len() - name - domain.len();
    let domain = domain.find(|c| !is_mail_character(c)).unwrap_or(domain.len());
    if name > 0 && domain > 0 { name + sign + domain } else { 0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_and_addresses_of_people_are_taken_out() {
        let cases = [
            ("电话13800138000，没人接", "电话[＊]，没人接"),
            ("138 0013 8000", "[＊]"),
            ("+86 138-0013-8000找我", "+[＊]找我"),
            ("tel13800138000", "tel[＊]"),
            ("身份证44010619900101123X不认", "身份证[＊]不认"),
            ("１３８００１３８０００", "[＊]"),
            ("邮箱 zhang.san@example.cn 谢谢", "邮箱 [＊] 谢谢"),
            ("座机020-87654321", "座机[＊]"),
            ("卡号6222 0212 3456 7890 123。", "卡号[＊]。"),
        ];
        for (text, expected) in cases {
            assert_eq!(redact(text), expected);
        }
    }

    #[test]
    fn what_identifies_nobody_stays() {
        for text in ["", "2023-07-05去了3次，排队120分钟", "好", "材料A-12 @ 窗口5", "12345热线"]
        {
            assert!(matches!(redact(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_long_number_is_left_in_any_text(text in "[0-9a@. 窗口Xx-]{0,60}") {
            let redacted = redact(&text);
            let longest = redacted.split(|c: char| !c.is_ascii_digit()).map(str::len).max();
            prop_assert!(longest <= Some(DIGITS_IN_A_ROW_MAX), "{redacted}");
            prop_assert_eq!(redact(&redacted), redacted.as_ref(), "a second time changes nothing");
        }
    }
}
