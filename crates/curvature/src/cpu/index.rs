//! Entries read and added at integer positions, on arrays seen as `[outer, along, inner]`.

use super::real::Real;

type Sizes = (usize, usize, usize);

/// The length of the result along the dimension that positions count in.
fn length(places: &[i64], (outer, _, inner): Sizes) -> usize {
    places.len() / (outer * inner).max(1)
}

/// One position for each entry of the result.
pub(crate) fn gather<T: Real>(x: &[T], places: &[i64], sizes: Sizes, out: &mut [T]) {
    let (_, along, inner) = sizes;
    let places = &places[..out.len()];
    let block = (length(places, sizes) * inner).max(1);
    for (at, (out, &place)) in out.iter_mut().zip(places).enumerate() {
        *out = x[(at / block) * along * inner + place as usize * inner + at % inner];
    }
}

/// Each entry added at a position of its own.
pub(crate) fn scatter_add<T: Real>(added: &[T], places: &[i64], sizes: Sizes, out: &mut [T]) {
    let (_, along, inner) = sizes;
    let block = (length(places, sizes) * inner).max(1);
    for (at, (&added, &place)) in added.iter().zip(places).enumerate() {
        out[(at / block) * along * inner + place as usize * inner + at % inner] += added;
    }
}

/// One position for each slice of the result.
pub(crate) fn select<T: Real>(x: &[T], places: &[i64], (_, along, inner): Sizes, out: &mut [T]) {
    for (outer, out) in out.chunks_exact_mut((places.len() * inner).max(1)).enumerate() {
        for (out, &place) in out.chunks_exact_mut(inner).zip(places) {
            let start = (outer * along + place as usize) * inner;
            out.copy_from_slice(&x[start..start + inner]);
        }
    }
}

/// Each slice added at its position.
pub(crate) fn select_add<T: Real>(added: &[T], places: &[i64], (_, along, inner): Sizes, out: &mut [T]) {
    for (outer, added) in added.chunks_exact((places.len() * inner).max(1)).enumerate() {
        for (added, &place) in added.chunks_exact(inner).zip(places) {
            let start = (outer * along + place as usize) * inner;
            out[start..start + inner].iter_mut().zip(added).for_each(|(out, &x)| *out += x);
        }
    }
}
