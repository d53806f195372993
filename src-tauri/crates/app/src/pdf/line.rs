//! Lines out of a text, by the rules of Unicode (UAX #14): Latin between words, Chinese between characters, but no line
//! begins with a closing mark or ends with an opening one. A word wider than the line is cut.

use std::ops::Range;

use unicode_linebreak::linebreaks;

use super::shape::Shaped;

/// The glyphs of each line; at least one line. `width` is in ems.
pub(super) fn break_lines(shaped: &Shaped, width: f32) -> Vec<Range<usize>> {
    let glyphs = &shaped.glyphs;
    let mut lines = Vec::new();
    if shaped.width(0..glyphs.len()) <= width {
        lines.push(0..glyphs.len());
        return lines;
    }
    let mut allowed = linebreaks(&shaped.text).map(|(at, _)| at).peekable();
    // Where this line begins, where it may end, and how wide it is up to there and up to the glyph looked at.
    let (mut start, mut stop, mut stop_width, mut used) = (0, None, 0.0, 0.0);
    for (index, glyph) in glyphs.iter().enumerate() {
        let at = glyph.start as usize;
        while allowed.next_if(|break_at| *break_at < at).is_some() {}
        let is_whole = index == start || glyphs.get(index - 1).is_none_or(|before| before.start != glyph.start);
        if allowed.peek() == Some(&at) && index > start {
            (stop, stop_width) = (Some(index), used);
        }
        let is_blank = shaped.text.get(at..).is_some_and(|rest| rest.starts_with([' ', '\u{3000}']));
        while used + glyph.advance > width && index > start && is_whole && !is_blank {
            let end = stop.take().unwrap_or(index);
            used -= if end == index { used } else { stop_width };
            lines.push(start..end);
            start = end;
        }
        used += glyph.advance;
    }
    lines.push(start..glyphs.len());
    lines
}

/// The widest part that cannot be broken, in ems.
pub(super) fn widest_word(shaped: &Shaped) -> f32 {
    let mut allowed = linebreaks(&shaped.text).map(|(at, _)| at).peekable();
    let (mut widest, mut word) = (0.0_f32, 0.0);
    for glyph in &shaped.glyphs {
        if allowed.next_if(|break_at| *break_at <= glyph.start as usize).is_some() {
            word = 0.0;
        }
        word += glyph.advance;
        widest = widest.max(word);
    }
    widest
}
