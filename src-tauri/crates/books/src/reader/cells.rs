//! The cells of one record, decoded.

/// Cells of one record as text: white space, tabs and the providers' backticks at both ends are already cut off.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cells<'a> {
    cells: &'a [std::borrow::Cow<'a, str>],
}

impl<'a> Cells<'a> {
    pub(crate) fn new(cells: &'a [std::borrow::Cow<'a, str>]) -> Cells<'a> {
        Cells { cells }
    }

    pub(crate) fn len(&self) -> usize {
        self.cells.len()
    }

    /// The cell of a column, or "" where the record is shorter.
    pub(crate) fn get(&self, column: usize) -> &'a str {
        self.cells.get(column).map_or("", |cell| cell.as_ref())
    }

    /// The cell of a column the file may not have.
    pub(crate) fn optional(&self, column: Option<usize>) -> &'a str {
        column.map_or("", |column| self.get(column))
    }

    /// Whether the record has a cell for every named column, and nothing beyond the header but empty cells.
    pub(crate) fn fits(&self, header: &Header) -> bool {
        self.len() >= header.width() && self.cells.iter().skip(header.len()).all(|cell| cell.is_empty())
    }

    /// Whether every cell is empty: a filler line.
    pub(crate) fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.is_empty())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &'a str> {
        self.cells.iter().map(AsRef::as_ref)
    }
}

/// A header row: finds columns by name.
#[derive(Debug, Clone)]
pub(crate) struct Header {
    names: Vec<String>,
}

impl Header {
    /// Names are compared without case, surrounding white space, and with full-width brackets and signs as half-width.
    pub(crate) fn new<'a>(cells: impl Iterator<Item = &'a str>) -> Header {
        Header { names: cells.map(fold).collect() }
    }

    /// The first column with one of these names.
    pub(crate) fn find(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| {
            let name = fold(name);
            self.names.iter().position(|column| *column == name)
        })
    }

    pub(crate) fn has_all(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.find(&[name]).is_some())
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// Columns up to the last one that has a name: Alipay's header line ends with a comma.
    pub(crate) fn width(&self) -> usize {
        self.names.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1)
    }

    /// How many of these names the header has.
    pub(crate) fn count_shared(&self, names: &[&str]) -> usize {
        names.iter().filter(|name| self.find(&[name]).is_some()).count()
    }
}

/// Whether a spreadsheet turned an id into a number (`2.80E+27`, in many languages `2,80E+27`), which loses its digits for good.
pub(crate) fn is_damaged_id(id: &str) -> bool {
    let Some((mantissa, exponent)) = id.split_once(['E', 'e']) else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
    exponent.strip_prefix('+').is_some_and(digits) && whole.len() == 1 && digits(whole) && digits(fraction)
}

/// A header name as it is compared.
pub(crate) fn fold(name: &str) -> String {
    name.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '`')
        .chars()
        .map(|c| match c {
            '（' => '(',
            '）' => ')',
            '＋' => '+',
            '－' => '-',
            '：' => ':',
            other => other,
        })
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_became_a_number_is_seen_in_every_language() {
        for damaged in ["2.80E+27", "2,80E+27", "1E+14", "2.8e+27"] {
            assert!(is_damaged_id(damaged), "{damaged}");
        }
        for whole in ["", "1AB23456CD789012E", "5E12345678901234A", "2800000000000000000000000001", "28.0E+27", "E+27"]
        {
            assert!(!is_damaged_id(whole), "{whole}");
        }
    }
}
