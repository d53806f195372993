use purser_tests::{Profile, statements::paypal_sales};
#[test]
fn scratch() {
    for (first, n) in [(9u32, 500u32), (9, 1500), (100, 3000), (1000, 1000), (1, 6000)] {
        for undo_first in [false, true] {
        let computer = Profile::unlocked();
        let g = computer.write("g.csv", paypal_sales(20_000, first, "Jane Roe"));
        let idg = computer.cli().json(["import", &g])[0]["id"].as_str().unwrap().to_owned();
        let f = computer.write("f.csv", paypal_sales(1, n, "Jane Roe"));
        let id = computer.cli().json(["import", &f])[0]["id"].as_str().unwrap().to_owned();
        computer.cli().json(["import", "--undo", if undo_first {&idg} else {&id}]);
        eprintln!("{first} {n} {undo_first} after: {}", computer.cli().run(["--json","verify"]).stdout);
        if undo_first {
        computer.cli().json(["import", "--undo", &id]);
        eprintln!("{first} {n} {undo_first} after both: {}", computer.cli().run(["--json","verify"]).stdout);
        }
        }
    }
}
