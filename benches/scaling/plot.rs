//! One plot for each size that is varied: cost of a trial against it, both on logarithmic scales.

use std::error::Error;
use std::path::Path;

use plotters::element::DashedPathElement;
use plotters::prelude::*;

use crate::Series;
use crate::fit::Fit;

/// Width and height of a plot.
const PLOT: (u32, u32) = (640, 440);

/// Dear parts drawn.
const PARTS: usize = 5;

/// Colours that stay apart for the colour-blind (Okabe and Ito).
const COLOURS: [RGBColor; PARTS] = [
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(0, 158, 115),
    RGBColor(213, 94, 0),
    RGBColor(204, 121, 167),
];

/// Draws a series to an SVG file.
pub fn draw(series: &Series, file: &Path) -> Result<(), Box<dyn Error>> {
    let root = SVGBackend::new(file, PLOT).into_drawing_area();
    root.fill(&WHITE)?;
    let (all, fit) = (points(&series.costs(|point| point.seconds)), series.fit());
    let parts = series.dear_parts();
    let parts: Vec<_> =
        parts.iter().take(PARTS).map(|(part, costs)| (part.name(), Fit::of(costs), points(costs))).collect();
    let [x_low, x_high] = ends(all.iter().map(|point| point.0));
    let every = parts.iter().flat_map(|part| &part.2).chain(&all);
    let [y_low, y_high] = ends(every.map(|point| point.1));
    let Fit { exponent, error, .. } = fit;
    let caption = format!("CPU time of a trial against {}: exponent {exponent:.2} ± {error:.2}", series.name);
    let mut chart = ChartBuilder::on(&root)
        .caption(caption, ("sans-serif", 17))
        .margin(12)
        .x_label_area_size(42)
        .y_label_area_size(64)
        .build_cartesian_2d(
            (x_low / 1.15..x_high * 1.15).log_scale().with_key_points(all.iter().map(|point| point.0).collect()),
            (y_low / 1.5..y_high * 10.0).log_scale(),
        )?;
    chart
        .configure_mesh()
        .light_line_style(WHITE.mix(0.0))
        .bold_line_style(BLACK.mix(0.12))
        .x_desc(label(series.name))
        .y_desc("CPU us a trial")
        .x_label_formatter(&|size| format!("{size:.0}"))
        .y_label_formatter(&|cost| if *cost < 1.0 { format!("{cost}") } else { format!("{cost:.0}") })
        .label_style(("sans-serif", 13))
        .axis_desc_style(("sans-serif", 15))
        .draw()?;
    for ((name, fit, costs), colour) in parts.into_iter().zip(COLOURS) {
        chart
            .draw_series(LineSeries::new(costs, colour.stroke_width(1)).point_size(2))?
            .label(format!("{name} ({:.2})", fit.exponent))
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(1)));
    }
    let ends = [x_low, x_high];
    let start = 1e6 * fit.at(x_low);
    // Threads share the work of a trial's CPU time; everything else adds to it.
    let (ideal, slope) = if series.name == "threads" { ("no dearer than alone", 0.0) } else { ("in proportion", 1.0) };
    let dashes = ends.map(|x| (x, start * libm::pow(x / x_low, slope)));
    chart
        .draw_series(DashedLineSeries::new(dashes, 4, 4, BLACK.mix(0.6).into()))?
        .label(ideal)
        .legend(|(x, y)| DashedPathElement::new([(x, y), (x + 18, y)], 4, 3, BLACK.mix(0.6)));
    chart
        .draw_series(LineSeries::new(ends.map(|x| (x, 1e6 * fit.at(x))), BLACK.stroke_width(2)))?
        .label("whole trial, fitted")
        .legend(|(x, y)| PathElement::new([(x, y), (x + 18, y)], BLACK.stroke_width(2)));
    chart.draw_series(all.iter().map(|point| Circle::new(*point, 4, BLACK.filled())))?;
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.85))
        .border_style(BLACK.mix(0.3))
        .label_font(("sans-serif", 13))
        .draw()?;
    root.present()?;
    Ok(())
}

/// Seconds as microseconds.
fn points(costs: &[(f64, f64)]) -> Vec<(f64, f64)> {
    costs.iter().map(|(size, seconds)| (*size, 1e6 * seconds)).collect()
}

/// Smallest and largest.
fn ends(numbers: impl Iterator<Item = f64>) -> [f64; 2] {
    numbers.fold([f64::INFINITY, 0.0], |[low, high], number| [low.min(number), high.max(number)])
}

/// What the horizontal axis counts.
fn label(name: &str) -> &str {
    match name {
        "world" => "facilities, all but the quarters growing with them",
        other => other,
    }
}
