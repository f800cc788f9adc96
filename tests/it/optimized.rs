//! Optimized code where it says less than usual of where it is.
//!
//! Knows: the lines of `fixtures/lab/given-up.js` and `spinning.js`. Must not know: V8.

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

/// The lines of the loop that spins, in `spin` and in what is inlined into it.
const LOOP: [&str; 6] = ["20", "21", "28", "29", "30", "31"];

#[test]
fn a_loop_that_calls_nothing_says_near_which_line_it_is() {
    for line in ["6", "8", "10", "12", "14", "16", "18", "20", "22", "24", "26"] {
        let taken = match lab::spinning(line) {
            Ok(taken) => taken,
            Err(why) => return left_out(&why),
        };
        let frames = "! sed -n -e '/js: *turn /q' -e 's/js: *//' -e 's/ ([^)]* near line / near /' -e 's/ column.*//p'";
        let printed = Session::on(&taken.core).line(&format!("::jsstack -l {frames}"));
        let near: Option<Vec<(&str, &str)>> = printed.lines().map(|frame| frame.split_once(" near ")).collect();
        if line == "6" {
            assert_eq!(printed, "", "Crankshaft does not tell what is inlined");
            continue;
        }
        let near = near.unwrap_or_else(|| panic!("Node {line}: {printed}"));
        assert!(near.iter().all(|(_, at)| LOOP.contains(at)), "Node {line}: {printed}");
        let names: Vec<&str> = near.iter().map(|&(name, _)| name).collect();
        assert!(matches!(names[..], ["spin"] | ["mix [inlined]", "spin"]), "Node {line}: {printed}");
    }
}
