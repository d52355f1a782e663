//! From values to the numbers that the drawing library of the stills sees, and back to tick labels.
//!
//! The library clamps logarithmic axes at 1e-10 and draws nothing when a linear range is shorter than the machine
//! epsilon, and our numbers go far below both. So it gets linear axes of numbers near one, and labels in the
//! original unit.

use std::sync::Arc;

use kuva::render::layout::TickFormat;

use crate::figure::{Axis, Scale};
use crate::verdict::show;

/// An axis as the drawing library sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ruler {
    scale: Scale,
    /// Unit of a linear axis, a power of ten; decade at zero of a logarithmic one.
    unit: f64,
    /// Ends of the data, in what the library sees; the lower above the upper if there is no data.
    low: f64,
    high: f64,
    /// Whether its ticks are whole numbers, each with a name.
    named: bool,
}

impl Ruler {
    /// A ruler for values on an axis; `on_floor` if bars stand on its lower end.
    pub(super) fn over(axis: &Axis, values: impl Iterator<Item = f64>, on_floor: bool) -> Self {
        if !axis.names.is_empty() {
            let high = axis.names.len() as f64 - 0.5;
            return Ruler { scale: Scale::Linear, unit: 1.0, low: -0.5, high, named: true };
        }
        let logarithmic = axis.scale == Scale::Logarithmic;
        let (low, high) = values
            .filter(|&value| value.is_finite() && (!logarithmic || value > 0.0))
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        // Within a factor of four a logarithmic axis would have one tick, and looks like a linear one.
        if logarithmic && (on_floor || high > 4.0 * low) {
            let (low, high) = (low.log10(), high.log10());
            // The smallest bar needs something to stand on.
            let unit = if low <= high { (low - if on_floor { 0.2 } else { 0.0 }).floor() } else { 0.0 };
            let low = if on_floor { 0.0 } else { low - unit };
            return Ruler { scale: Scale::Logarithmic, unit, low, high: high - unit, named: false };
        }
        let low = if on_floor { low.min(0.0) } else { low };
        let largest = if low <= high { low.abs().max(high.abs()) } else { 0.0 };
        let ordinary = largest == 0.0 || (1e-3..1e5).contains(&largest);
        let unit = if ordinary { 1.0 } else { 10f64.powf(largest.log10().floor()) };
        Ruler { scale: Scale::Linear, unit, low: low / unit, high: high / unit, named: false }
    }

    /// Where a value lies.
    pub(super) fn place(&self, value: f64) -> f64 {
        match self.scale {
            Scale::Linear => value / self.unit,
            Scale::Logarithmic => value.log10() - self.unit,
        }
    }

    /// Arms of an error bar; one that would leave a logarithmic axis ends at the lowest value on it.
    pub(super) fn arms(&self, value: f64, half_width: f64) -> (f64, f64) {
        let at = self.place(value);
        let beyond = self.scale == Scale::Logarithmic && value <= half_width;
        let low = if beyond { self.low } else { self.place(value - half_width) };
        ((at - low).max(0.0), self.place(value + half_width) - at)
    }

    /// Tick labels: names, or numbers in the original unit.
    pub(super) fn labels(self, axis: &Axis) -> TickFormat {
        if self.named {
            let names: Arc<[String]> = axis.names.clone().into();
            return TickFormat::Custom(Arc::new(move |place| {
                let near = (place - place.round()).abs() < 1e-6 && place > -0.5;
                near.then(|| names.get(place.round() as usize).cloned()).flatten().unwrap_or_default()
            }));
        }
        TickFormat::Custom(Arc::new(move |place| match self.scale {
            Scale::Linear => show(place * self.unit),
            Scale::Logarithmic => decade(place + self.unit),
        }))
    }

    /// Whole decades, or powers of two where there are few decades; the library's choice on a linear axis.
    pub(super) fn tick_step(self) -> Option<f64> {
        let decades = self.high - self.low;
        match self.scale {
            Scale::Linear => self.named.then_some(1.0),
            Scale::Logarithmic if decades <= 2.5 => Some(2f64.log10()),
            Scale::Logarithmic => Some((decades / 6.0).ceil()),
        }
    }

    /// Ends of the axis, with room around the data where it is wanted: a point on an end would be cut in half.
    pub(super) fn ends(self, room_below: bool, room_above: bool) -> (f64, f64) {
        let span = self.high - self.low;
        if !(span.is_finite() && span >= 0.0) {
            return (0.0, 1.0);
        }
        if span < 1e-9 {
            return (self.low - 0.5, self.high + 0.5);
        }
        let room = |wanted: bool| if wanted { 0.04 * span } else { 0.0 };
        (self.low - room(room_below), self.high + room(room_above))
    }
}

/// `10⁻³` for whole exponents, the number itself near one and between decades.
fn decade(exponent: f64) -> String {
    let whole = exponent.round();
    if (exponent - whole).abs() > 1e-6 || (-2.0..=3.0).contains(&whole) {
        return show(10f64.powf(exponent));
    }
    let digits = format!("{whole}");
    let raised = digits.chars().map(|digit| match digit {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => digit.to_digit(10).and_then(|d| char::from_u32(0x2070 + d)).unwrap_or(digit),
    });
    "10".chars().chain(raised).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_far_from_one_are_seen_near_one() {
        for values in [[1e-30, 3e-25], [1e-13, 9e-13], [2e20, 7e20], [0.5, 3.0]] {
            for axis in [Axis::linear("x"), Axis::logarithmic("x")] {
                let ruler = Ruler::over(&axis, values.into_iter(), false);
                let (low, high) = ruler.ends(true, true);
                assert!(high - low > 0.1 && high.abs() < 1e5, "{values:?} {axis:?}: {low} to {high}");
                assert!(values.iter().all(|&value| (low..=high).contains(&ruler.place(value))));
            }
        }
    }

    #[test]
    fn an_axis_without_values_or_length_can_be_drawn() {
        for values in [vec![], vec![f64::NAN], vec![2.0], vec![0.0, 0.0]] {
            for axis in [Axis::linear("x"), Axis::logarithmic("x")] {
                let (low, high) = Ruler::over(&axis, values.iter().copied(), true).ends(true, true);
                assert!(low.is_finite() && high.is_finite() && low < high, "{values:?}");
            }
        }
    }

    #[test]
    fn labels_are_in_the_original_unit() {
        let label = |axis: &Axis, ends: [f64; 2], value: f64| {
            let ruler = Ruler::over(axis, ends.into_iter(), false);
            ruler.labels(axis).format(ruler.place(value))
        };
        assert_eq!(label(&Axis::logarithmic("x"), [1e-12, 1.0], 1e-7), "10⁻⁷");
        assert_eq!(label(&Axis::logarithmic("x"), [1e-12, 1.0], 0.1), "0.1");
        assert_eq!(label(&Axis::linear("x"), [0.0, 8e-13], 4e-13), "4e-13");
    }

    #[test]
    fn named_places_have_their_names_and_nothing_between() {
        let axis = Axis::named("method", ["none", "dropout"]);
        let ruler = Ruler::over(&axis, [0.0, 1.0].into_iter(), false);
        let label = |at: f64| ruler.labels(&axis).format(ruler.place(at));
        assert_eq!([-1.0, 0.0, 0.5, 1.0, 2.0].map(label), ["", "none", "", "dropout", ""]);
        assert_eq!(ruler.tick_step(), Some(1.0));
    }

    #[test]
    fn an_error_bar_that_leaves_a_logarithmic_axis_ends_on_it() {
        let ruler = Ruler::over(&Axis::logarithmic("x"), [1e-3, 1.0].into_iter(), false);
        let (below, above) = ruler.arms(0.1, 0.2);
        assert!((below - 2.0).abs() < 1e-12 && (above - 3f64.log10()).abs() < 1e-12);
    }
}
