//! What was stopped in a theft that is over, and is not put back yet.

use purser_books::incident::Incident;
use purser_books::lever::{Board, Returned};

use super::{board, fold};
use crate::error::Result;
use crate::store::Store;

/// Whether what the levers of an incident were pulled for is over: the freeze it began with has ended, or it was closed.
pub(super) fn is_over(incident: &Incident, board: &Board, is_frozen: bool) -> bool {
    let was_frozen =
        board.pulls().iter().any(|pull| pull.lever.id == crate::freeze::levers::LOCAL && pull.is_stopped());
    !is_frozen && !incident.drill && (was_frozen || incident.closed.is_some())
}

/// How far it is, of an incident that is over and in which something was stopped.
pub(super) fn returned(incident: &Incident, board: &Board, is_frozen: bool) -> Option<Returned> {
    let returned = board.returned();
    (is_over(incident, board, is_frozen) && returned != Returned::default()).then_some(returned)
}

/// Levers of all incidents that are over and that somebody has still to put back or leave.
pub(crate) async fn not_put_back(store: &Store, is_frozen: bool) -> Result<usize> {
    let mut open = 0;
    for incident in &fold(store).await?.list {
        let board = board(store, &incident.id).await?;
        open += returned(incident, &board, is_frozen).map_or(0, |returned| returned.open);
    }
    Ok(open)
}
