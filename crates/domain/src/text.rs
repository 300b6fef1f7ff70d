//! Decides which characters of a text can be seen, and which may not stand in it.
//!
//! The answers follow the Unicode standard, so a later version of it may give others. What is stored
//! must not change its validity with them: they are asked for events that arrive, and never again.

use std::borrow::Cow;

use icu_properties::CodePointSetData;
use icu_properties::props::DefaultIgnorableCodePoint;

/// Whether a character leaves a trace on a page. Spaces, controls and everything that Unicode lets
/// fonts ignore do not: zero-width characters, variation selectors, Hangul fillers.
pub fn is_visible(c: char) -> bool {
    // Properties do not say of these that they are blank: the anchors of annotations, the place of
    // an object that is not there, a cell of Braille without a dot, a note without a head.
    let is_blank = matches!(c, '\u{FFF9}'..='\u{FFFC}' | '\u{2800}' | '\u{1D159}');
    c.is_ascii_graphic()
        || !(c.is_whitespace()
            || c.is_control()
            || is_blank
            || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c))
}

/// Whether a character changes the direction of the text after it, up to an end that may never come:
/// the embeddings, overrides and isolates of UAX #9. With them a page shows another text than the one
/// that was sent. The marks, which the scripts of Xinjiang need, reach no further than their
/// neighbours.
pub fn changes_direction(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Whether a character ends a line or a paragraph without being a control.
pub fn separates_lines(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// Words without what nobody has typed: controls other than line breaks and tabs, and what changes
/// the direction of text. The words themselves stay as they are.
pub fn without_controls(words: &str) -> Cow<'_, str> {
    let is_kept =
        |c: char| matches!(c, '\n' | '\r' | '\t') || !(c.is_control() || changes_direction(c));
    if is_plain(words) || words.chars().all(is_kept) {
        Cow::Borrowed(words)
    } else {
        Cow::Owned(words.chars().filter(|c| is_kept(*c)).collect())
    }
}

/// Whether a text surely has no control, no line break and no change of direction. Most texts are
/// plain, and their bytes tell it without being decoded.
pub(crate) fn is_plain(text: &str) -> bool {
    /// With this byte U+0080 to U+00BF begin, with the next one U+2000 to U+2FFF.
    const LATIN: u8 = 0xC2;
    const PUNCTUATION: u8 = 0xE2;
    !text.bytes().any(|byte| byte < b' ' || matches!(byte, 0x7F | LATIN | PUNCTUATION))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_font_draws_cannot_be_seen() {
        for c in [
            ' ',
            '\t',
            '\u{a0}',
            '\u{3000}',
            '\0',
            '\u{7f}',
            '\u{85}',
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{115f}',
            '\u{1160}',
            '\u{17b4}',
            '\u{180b}',
            '\u{200b}',
            '\u{200d}',
            '\u{200e}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{2800}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{ffa0}',
            '\u{fff9}',
            '\u{fffc}',
            '\u{1d159}',
            '\u{1d173}',
            '\u{e0001}',
            '\u{e0100}',
        ] {
            assert!(!is_visible(c), "{c:?}");
        }
        for c in [
            'a',
            '0',
            '?',
            '好',
            '。',
            'ئ',
            'བ',
            'ᠮ',
            'ꆈ',
            '👍',
            '★',
            '\u{2801}',
            '\u{3400}',
            '\u{e000}',
            '\u{20000}',
        ] {
            assert!(is_visible(c), "{c:?}");
        }
    }

    #[test]
    fn a_plain_text_has_nothing_that_is_looked_for() {
        for c in '\0'..=char::MAX {
            let is_looked_for = c.is_control() || changes_direction(c) || separates_lines(c);
            assert!(!(is_looked_for && is_plain(&c.to_string())), "{c:?}");
        }
        assert!(is_plain("社会保障卡申领（补领、换领）, a-z"));
    }

    #[test]
    fn words_lose_controls_and_nothing_else() {
        assert_eq!(without_controls("慢\u{0}\u{202e}！\u{2066}\u{9b}1m"), "慢！1m");
        for words in
            ["慢！\n\t等了三小时\r\n", "ئۇيغۇر\u{200c}چە\u{200f}", "👩\u{200d}⚕\u{fe0f}", ""]
        {
            assert!(matches!(without_controls(words), Cow::Borrowed(same) if same == words));
        }
    }
}
