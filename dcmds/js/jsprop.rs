//! The walker `jsprop`: the property values of a JavaScript object.

use jsdb::heap::object;
use jsdb::heap::property::{Place, PropertyValue};
use jsdb::heap::{Kind, Tagged};
use jsdb::image::Addr;
use jsdb::shell::{AddrUse, Error, Result, Session, Walk, Walker};

/// `::walk jsprop`.
pub static JSPROP: Walker =
    Walker { name: "jsprop", summary: "walk property values for an object", addr: AddrUse::Required, walk };

fn walk(session: &Session, addr: Option<Addr>, visit: &mut Walk<'_>) -> Result<()> {
    let addr = addr.ok_or_else(|| Error::failed("'jsprop' does not support global walks"))?;
    let (heap, object) = (session.heap()?, Tagged(addr.0));
    if !heap.is(object, Kind::JsObject) {
        return Err(Error::failed(format!("{object} is not a JSObject")));
    }
    let found = object::properties(heap, object)
        .map_err(|e| Error::failed(format!("couldn't iterate over properties for {object}: {e}")))?;
    for property in found.list {
        // A constant function is kept in the object's shape, and raw doubles have no word: neither is a value of
        // this object that an address could name.
        if let (PropertyValue::Tagged(word), false) = (property.value, matches!(property.place, Place::Descriptor(_))) {
            visit(word.addr())?;
        }
    }
    Ok(())
}
