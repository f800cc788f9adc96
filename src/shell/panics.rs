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
