//! Tables for people, on standard output.

use edge_clv_train::plain;

/// Rows as lines, each column as wide as its widest cell; the first column is text and stands
/// at its left, the rest are numbers and stand at their right. Other people's names are told as
/// [`plain`] tells them.
pub(crate) fn table<R: AsRef<[String]>>(rows: &[R]) -> String {
    let told = |row: &R| row.as_ref().iter().map(|cell| plain(cell)).collect();
    let rows: Vec<Vec<String>> = rows.iter().map(told).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate();
        let line: Vec<String> = cells
            .map(|(column, (cell, &width))| match column {
                0 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            })
            .collect();
        text += line.join("  ").trim_end();
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = [["é", "customers"], ["total", "7"]].map(|row| row.map(str::to_owned));
        assert_eq!(table(&rows), "é      customers\ntotal          7\n");
        let rows = [["a\u{1b}[2Jb\nc", "7"]].map(|row| row.map(str::to_owned));
        assert_eq!(table(&rows), "\"a\\u{1b}[2Jb\\nc\"  7\n");
    }
}
