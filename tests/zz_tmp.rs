//! x
use knockon::scenario::source::Sources;
#[test]
fn world() {
    std::fs::write("/tmp/schema.json", knockon::scenario::schema::schema()).unwrap();
    let t = r#"
extend = "base.toml"
[gpu]
life_q = { triangular = [12, 14], source = "gpu-economic-lif" }
salvage = { uniform = [0.1, 0.2], value = 0.15 }
[obligor.lab]
type = "ai-lab"
cahs = 10
other_assets = "5 EUR bn"
revenue = true
margin = 65
cash = nan
fleet = [{ cost = -1, age_q = 2.5 }, { cost = 4 }]
loadings = { demand = "x", equity = { value = 0.4 } }
raise_pa = { source = "judgement" }
fixed_cost = { steps = [[5, 1], [3, 2]], uniform = [0, 1] }
capex = { steps = [[5, 1], [3, -2]] }
pd_pa = { lognormal = [0.02, -1], nte = "x" }
[facility]
a = 3
[facility.b]
holders = { jp = 0.6, mo = 1.4 }
amortisation = "bulet"
rank = 0
[lender.j]
other_book = { assets = 5, pd = 0.2, rho = 1 }
[shock.x]
target = ["honor:oracle", "demand"]
[run]
event = "Q>4"
trials = 0
levels = [0.95, 1]
[tables]
x = 1
"#;
    match Sources::load_text("a.toml", t, &["obligor.lab.support=5 USD bn".into(), "gpu.life_qq=14".into(), "run.seed=[".into()][..2]) { Err(r) => println!("FATAL\n{r}"), Ok(d) => println!("{}", d.report) };
    match Sources::load_text("a.toml", "[a\nb = 1 2\nc = 'x\n[d]\nd = 1\nd = 2\n", &["run.seed=[".into(), "x".into(), "gpu.life_q=".into()]) { Err(r) => println!("FATAL\n{r}"), Ok(d) => println!("{}", d.report) };
    for p in ["/nonexistent", "/tmp", "/dev/zero", "/proc/kcore", "/bin/true", "/root/.bash_history"] {
    match Sources::load(std::path::Path::new(p), &[]) { Err(r) => println!("FATAL\n{r}"), Ok(d) => println!("{}", d.report) }; }
}
