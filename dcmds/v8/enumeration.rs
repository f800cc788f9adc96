//! A name and its number: what `::v8types` and `::v8frametypes` list.

use jsdb::shell::Item;
use serde_json::{Value as Json, json};

/// One member of an enumeration.
pub struct Member {
    /// Its name in V8.
    pub name: String,
    /// Its number.
    pub value: i64,
}

impl Item for Member {
    fn text(&self, out: &mut String) {
        out.push_str(&format!("{:<30} = 0x{:02x}\n", self.name, self.value));
    }

    fn json(&self) -> Json {
        json!({ "name": self.name, "value": self.value })
    }
}
