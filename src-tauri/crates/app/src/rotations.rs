//! Replacing a credential: a checklist on disk that is left and taken up again at any step.
//!
//! Purser does none of the steps at the provider: the person does, and says so. The order decides that there is always one
//! that works; revoking first is a choice of its own, proven like every replacement.

use purser_books::credential::{Order, Step};

use crate::Purser;
use crate::credentials::{RotationView, day};
use crate::error::{Error, Result};
use crate::role::Action;
use crate::step_up::{Act, StepUp};
use crate::store::{OpenRotation, Store};

impl Purser {
    /// Begins to replace a credential. `Order::RevokeFirst`: nothing works until the new one does.
    pub async fn begin_rotation(&self, proof: StepUp, id: i64, order: Order) -> Result<RotationView> {
        let store = self.proven_store(proof, Act::RotateCredential).await?;
        store.credential(id).await?;
        store.begin_rotation(id, order, self.now_ms()).await?;
        self.announce();
        let open = under_way(&store, id).await?;
        Ok(RotationView::of(&open.rotation(), open.began_ms))
    }

    /// The replacement that is under way; `None` = none is.
    pub async fn rotation(&self, id: i64) -> Result<Option<RotationView>> {
        let permit = self.permit(Action::ReadSecurity).await?;
        permit.store().credential(id).await?;
        let open = permit.store().open_rotation(id).await?;
        Ok(open.map(|open| RotationView::of(&open.rotation(), open.began_ms)))
    }

    /// Writes down that the next step is done. `new_expires`: until when the new one is good, where that is known by then.
    pub async fn advance_rotation(&self, id: i64, step: Step, new_expires: Option<&str>) -> Result<RotationView> {
        let permit = self.permit(Action::ManageSecurity).await?;
        let store = permit.store();
        let mut open = under_way(store, id).await?;
        let rotation = open.rotation();
        let next = rotation.advance(step).ok_or_else(|| {
            let due = rotation.next().map_or("", Step::word);
            Error::invalid(format!("the next step is \"{due}\", not \"{}\"", step.word()))
        })?;
        if new_expires.is_some() && rotation.is_replaced() {
            return Err(Error::invalid("the new one is in force already: change its expiry on the board"));
        }
        if let Some(expires) = day(new_expires)? {
            open.new_expires = Some(expires);
        }
        let today = self.today(store).await?.to_string();
        store.advance_rotation(&open, &next, &today, self.now_ms()).await?;
        self.announce();
        Ok(RotationView::of(&next, open.began_ms))
    }

    /// Gives a replacement up, as long as the old one works.
    pub async fn abandon_rotation(&self, id: i64) -> Result<()> {
        let permit = self.permit(Action::ManageSecurity).await?;
        let open = under_way(permit.store(), id).await?;
        if !open.rotation().may_be_abandoned() {
            return Err(Error::invalid("the old one is revoked: only the new one can work, so finish the replacement"));
        }
        permit.store().abandon_rotation(&open, self.now_ms()).await?;
        self.announce();
        Ok(())
    }
}

async fn under_way(store: &Store, id: i64) -> Result<OpenRotation> {
    store.credential(id).await?;
    store
        .open_rotation(id)
        .await?
        .ok_or_else(|| Error::not_found(format!("no replacement of credential {id} is under way")))
}
