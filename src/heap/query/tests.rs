//! Expressions on an object that is built in code.

use super::{Binary, Expr, Value};
use crate::heap::Tagged;
use crate::heap::testing::{Builder, Built, MapSpec, types};
use crate::image::Width;

/// `{ 0: "GET /", 1: 7, 2: 1.5, 3: [...] }` in elements: an object whose properties are numbers.
fn built(width: Width) -> (Built, Tagged) {
    let mut b = Builder::new(width);
    let map = b.map(MapSpec { instance_type: types::JS_OBJECT, size: 3, elements_kind: 3, ..MapSpec::default() });
    let text = b.ascii(b"GET /");
    let number = b.number(1.5);
    let nested = b.array(&[b.smi(5)]);
    let inner = b.object(map, &[b.empty, nested]);
    let elements = b.array(&[text, b.smi(7), number, inner, b.hole, b.undefined]);
    let object = b.object(map, &[b.empty, elements]);
    (b.build(), object)
}

fn boxed(expr: Expr) -> Box<Expr> {
    Box::new(expr)
}

fn at(index: f64) -> Expr {
    Expr::Index(boxed(Expr::This), boxed(Expr::Number(index)))
}

#[test]
fn elements_and_what_is_not_there() {
    for width in [Width::W32, Width::W64] {
        let (built, object) = built(width);
        let value = |expr: &Expr| expr.value(built.heap(), object);
        let number = |expr: &Expr| value(expr).number(built.heap());
        assert_eq!(value(&at(0.0)).units(), Some("GET /".encode_utf16().collect()));
        assert_eq!(number(&at(1.0)), 7.0);
        assert_eq!(number(&at(2.0)), 1.5);
        assert_eq!(number(&Expr::Index(boxed(at(3.0)), boxed(Expr::Number(0.0)))), 5.0);
        assert_eq!(number(&Expr::Member(boxed(at(0.0)), "length".to_owned())), 5.0);
        for missing in [at(4.0), at(5.0), at(99.0), Expr::Name("nosuch".to_owned())] {
            assert!(value(&missing).is_undefined());
            // Nor has what is not there anything.
            assert!(value(&Expr::Member(boxed(missing), "more".to_owned())).is_undefined());
        }
        let has = |key: f64| value(&Expr::Binary(Binary::In, boxed(Expr::Number(key)), boxed(Expr::This)));
        assert!(has(1.0).is_true() && has(5.0).is_true() && !has(4.0).is_true());
    }
}

#[test]
fn values_compare_as_in_javascript() {
    let (built, object) = built(Width::W64);
    let heap = built.heap();
    let holds = |a: Value<'_>, operator, b: Value<'_>| {
        let expr = |value| match value {
            Value::Undefined => Expr::Undefined,
            Value::Null => Expr::Null,
            Value::Bool(b) => Expr::Bool(b),
            Value::Number(n) => Expr::Number(n),
            Value::Text(units) => Expr::Text(units),
            _ => Expr::This,
        };
        Expr::Binary(operator, boxed(expr(a)), boxed(expr(b))).value(heap, object).is_true()
    };
    use Binary::{Equal, Less, LessOrEqual, Same};
    let (number, text) = (Value::Number, Value::text);
    assert!(holds(number(1.0), Equal, text("1")) && !holds(number(1.0), Same, text("1")));
    assert!(holds(Value::Null, Equal, Value::Undefined) && !holds(Value::Null, Same, Value::Undefined));
    assert!(!holds(Value::Null, Equal, number(0.0)) && holds(Value::Null, LessOrEqual, number(0.0)));
    assert!(holds(Value::Bool(true), Equal, number(1.0)) && !holds(number(f64::NAN), Same, number(f64::NAN)));
    assert!(holds(text("10"), Less, text("9")) && !holds(text("10"), Less, number(9.0)));
    assert!(!holds(Value::Undefined, Less, number(1.0)) && !holds(Value::Undefined, LessOrEqual, Value::Undefined));
    assert!(holds(Value::Object(object), Same, Value::Object(object)));
    assert!(!holds(Value::Object(object), Equal, number(1.0)) && !holds(Value::Object(object), Equal, Value::Null));
    let mut sorted = [Value::Undefined, text("b"), number(f64::NAN), Value::Bool(true), text("a"), number(2.0)];
    sorted.sort_by(|a, b| a.order(heap, b));
    let shown: Vec<_> = sorted.iter().map(|value| String::from_utf16_lossy(&value.to_text(heap))).collect();
    assert_eq!(shown, ["2", "NaN", "a", "b", "true", "undefined"]);
}

#[test]
fn what_is_read_can_be_computed() {
    let (built, object) = built(Width::W64);
    let long = (0..480).fold(Expr::Number(0.0), |sum, _| Expr::Binary(Binary::Add, boxed(sum), boxed(at(1.0))));
    assert_eq!(long.value(built.heap(), object).number(built.heap()), 3360.0);
}
