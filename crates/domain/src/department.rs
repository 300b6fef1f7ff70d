//! Departments by their code.

use std::fmt;
use std::str::FromStr;

use crate::code::ParseError;

/// The unified social credit code of a department (统一社会信用代码): the first 18 characters of the
/// codes of its items.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DepartmentCode(String);

impl FromStr for DepartmentCode {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let is_valid = text.len() == 18
            && text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
        let expected = ParseError::new("18 digits and capital letters");
        if is_valid { Ok(Self(text.to_owned())) } else { Err(expected) }
    }
}

impl fmt::Display for DepartmentCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_department_has_a_code_of_18_digits_and_capital_letters() {
        let is_code = |text: &str| text.parse::<DepartmentCode>().is_ok();
        assert!(is_code("11440106000000000X"));
        for text in ["1144010600000000", "11440106000000000x", "11440106' OR 1 = 1", ""] {
            assert!(!is_code(text), "{text}");
        }
    }
}
