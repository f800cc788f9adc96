//! A panic in a dcmd is a bug, but must not cost the user a session: it becomes a failure that tells where it was.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::sync::Once;

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs `body`, whose panics are caught by the caller: nothing is printed, the place is kept for [`message`].
pub fn quietly<T>(body: impl FnOnce() -> T) -> T {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if GUARDED.get() {
                let place = info.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
                PLACE.with_borrow_mut(|kept| *kept = place);
            } else {
                before(info);
            }
        }));
    });
    let outer = GUARDED.replace(true);
    let result = body();
    GUARDED.set(outer);
    result
}

/// What to say of a panic with `payload` in the dcmd `name`.
pub fn message(name: &str, payload: &(dyn Any + Send)) -> String {
    let what = payload
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "it panicked".to_owned());
    let place = PLACE.with_borrow(String::clone);
    format!("::{name} has a bug and was stopped at {place}: {what}")
}

#[cfg(test)]
mod tests {
    use crate::heap::scan::Scope;
    use crate::image::{Width, testing};
    use crate::shell::{Context, Dcmd, Out, Registry, Result, Session, Source, run};

    fn breaks(_: &mut Context<'_>) -> Result<()> {
        panic!("no such thing as {}", 7);
    }

    fn tells(ctx: &mut Context<'_>) -> Result<()> {
        ctx.out.text("told\n");
        Ok(())
    }

    static BROKEN: Dcmd = Dcmd { name: "broken", run: breaks, ..Dcmd::BASE };
    static SOUND: Dcmd = Dcmd { name: "sound", run: tells, ..Dcmd::BASE };

    #[test]
    fn a_panic_costs_its_line_and_not_the_session() {
        let built = crate::heap::testing::Builder::new(Width::W64).build();
        let mut session = Session::new(testing::image(Width::W64, Vec::new()));
        session.set_layout(Some(built.heap().layout().clone()));
        session.commands = Registry::new(vec![&BROKEN, &SOUND], Vec::new());
        let found = session.objects(Scope::WithBrk).expect("there is nothing to find");
        let mut out = Out::kept();
        for line in ["::broken", "::broken", "::sound"] {
            let _ = run::source(&mut session, &mut out, Source::text(line));
        }
        let told: Vec<&str> = out.buffer().lines().collect();
        let [first, second, "told"] = told[..] else { panic!("{told:?}") };
        for line in [first, second] {
            assert!(line.contains("::broken has a bug and was stopped at src/shell/panics.rs:"), "{line}");
            assert!(line.ends_with(": no such thing as 7"), "{line}");
        }
        let again = session.objects(Scope::WithBrk).expect("it is kept");
        assert!(std::sync::Arc::ptr_eq(&found, &again), "caches stay");
    }
}
