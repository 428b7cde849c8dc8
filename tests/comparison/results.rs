//! No bytes of a results directory make the reader panic.

use std::fs;

use knockon::comparison::{Results, compare, remarks};

use crate::world::World;

#[test]
fn a_file_cut_or_spoilt_anywhere_is_read_or_refused() {
    let world = World::new();
    world.ends("run scenarios/pair.toml -q --trials 200", 0);
    let folder = world.path("results/pair");
    let whole = Results::read(&folder).unwrap();
    let mut refused = 0;
    for file in ["manifest.json", "summary.csv", "lenders.csv", "obligors.csv"] {
        let bytes = fs::read(folder.join(file)).unwrap();
        for at in (0..bytes.len()).step_by(bytes.len() / 60) {
            let mut spoilt = bytes.clone();
            spoilt[at] = [b'"', b';', b'\n', 0xff, b'9', b'{'][at % 6];
            for bytes in [&bytes[..at], &spoilt] {
                fs::write(folder.join(file), bytes).unwrap();
                match Results::read(&folder) {
                    Ok(read) => {
                        assert!(
                            bytes.len() == at && at == 0
                                || read == whole
                                || !remarks(&[whole.clone(), read.clone()]).is_empty()
                        );
                        let _ = compare(&read, &whole);
                    }
                    Err(_) => refused += 1,
                }
            }
        }
        fs::write(folder.join(file), &bytes).unwrap();
    }
    assert!(refused > 100, "{refused}");
    assert_eq!(Results::read(&folder).unwrap(), whole);
}
