//! Optimized code where it says less than usual of where it is.
//!
//! Knows: the lines of `fixtures/lab/given-up.js`. Must not know: V8.

use crate::lab;
use crate::needs::left_out;
use crate::session::Session;

#[test]
fn code_that_v8_gave_up_says_where_it_was() {
    let expected = "inner [inlined] line 21\nmiddle [inlined] line 27\nouter line 32\n";
    for line in ["0.10", "0.12", "4", "6", "8", "10", "12", "14", "16", "18", "20", "22", "24", "26"] {
        let taken = match lab::given_up(line) {
            Ok(taken) => taken,
            Err(why) => return left_out(&why),
        };
        let frames = "! grep 'js: *\\(inner\\|middle\\|outer\\) ' | sed -e 's/js: *//' -e 's/ ([^)]* line / line /' -e 's/ column.*//'";
        let printed = Session::on(&taken.core).line(&format!("::jsstack -l {frames}"));
        assert_eq!(printed, expected, "Node {line}");
        let arguments = ["inner", "middle", "outer"].map(|name| format!("::jsstack -v -n 0 -f {name} ! grep arg2"));
        for (printed, argument) in Session::on(&taken.core).each(&arguments).into_iter().zip([12, 11, 10]) {
            assert!(printed.contains(&format!("value = {argument})")), "Node {line}: {argument} in\n{printed}");
        }
    }
}
