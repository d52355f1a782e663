//! Convex polygons in the plane, and how a line divides them.

/// A point of the plane.
pub(super) type Point = [f64; 2];

/// The coefficients of `(x, y) ↦ a x + b y + c`.
pub(super) type Affine = [f64; 3];

/// The value of an affine function at a point.
pub(super) fn at([a, b, c]: Affine, [x, y]: Point) -> f64 {
    a * x + b * y + c
}

/// The area of a convex polygon whose vertices are in counterclockwise order.
pub(super) fn area(vertices: &[Point]) -> f64 {
    let Some(&[x0, y0]) = vertices.first() else { return 0.0 };
    // Seen from a vertex, small polygons far from the origin keep their digits.
    let cross = |p: Point, q: Point| (p[0] - x0) * (q[1] - y0) - (q[0] - x0) * (p[1] - y0);
    vertices.windows(2).map(|pair| cross(pair[0], pair[1])).sum::<f64>() / 2.0
}

fn perimeter(vertices: &[Point]) -> f64 {
    let next = vertices.iter().cycle().skip(1);
    vertices.iter().zip(next).map(|(p, q)| (q[0] - p[0]).hypot(q[1] - p[1])).sum()
}

/// The mean of the vertices, which is inside.
pub(super) fn center(vertices: &[Point]) -> Point {
    let sum = vertices.iter().fold([0.0, 0.0], |sum, v| [sum[0] + v[0], sum[1] + v[1]]);
    sum.map(|x| x / vertices.len() as f64)
}

/// The side of a line on which a polygon lies, or its parts on both.
pub(super) enum Sides {
    /// All of it where the function is positive.
    Positive,
    /// All of it where the function is not positive.
    Negative,
    /// The two parts.
    Both {
        /// Where the function is positive.
        positive: Vec<Point>,
        /// Where it is negative.
        negative: Vec<Point>,
    },
}

/// Divides a polygon by the line on which an affine function vanishes. A part that is narrower than `sliver` is rounding,
/// not geometry: then the whole polygon is on the other side.
pub(super) fn divide(vertices: &[Point], function: Affine, sliver: f64) -> Sides {
    // Most lines miss most polygons: nothing is allocated for these.
    let (above, below) = vertices.iter().fold((false, false), |(above, below), &v| {
        let z = at(function, v);
        (above || z > 0.0, below || z < 0.0)
    });
    if !above {
        return Sides::Negative;
    }
    if !below {
        return Sides::Positive;
    }
    let values: Vec<f64> = vertices.iter().map(|&v| at(function, v)).collect();
    let (mut positive, mut negative) = (Vec::new(), Vec::new());
    for (i, (&vertex, &z)) in vertices.iter().zip(&values).enumerate() {
        let next = (i + 1) % vertices.len();
        if z >= 0.0 {
            positive.push(vertex);
        }
        if z <= 0.0 {
            negative.push(vertex);
        }
        if z != 0.0 && values[next] != 0.0 && (z > 0.0) != (values[next] > 0.0) {
            let crossing = between(vertex, vertices[next], z / (z - values[next]));
            positive.push(crossing);
            negative.push(crossing);
        }
    }
    // Twice the area is at most the perimeter times the width. A part that is one point has neither.
    let wide = |part: &[Point]| 2.0 * area(part) > sliver * perimeter(part);
    match (wide(&positive), wide(&negative)) {
        (true, true) => Sides::Both { positive, negative },
        (true, false) => Sides::Positive,
        (false, _) => Sides::Negative,
    }
}

fn between(p: Point, q: Point, t: f64) -> Point {
    [p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])]
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: [Point; 4] = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]];

    #[test]
    fn a_diagonal_divides_a_square_in_two_triangles() {
        let Sides::Both { positive, negative } = divide(&SQUARE, [1.0, -1.0, 0.0], 1e-12) else { panic!() };
        assert_eq!((positive.len(), negative.len()), (3, 3));
        assert_eq!((area(&positive), area(&negative)), (0.5, 0.5));
        assert!(at([1.0, -1.0, 0.0], center(&positive)) > 0.0);
    }

    #[test]
    fn lines_that_touch_or_nearly_touch_divide_nothing() {
        assert!(matches!(divide(&SQUARE, [1.0, 1.0, 0.0], 1e-12), Sides::Positive));
        assert!(matches!(divide(&SQUARE, [1.0, 1.0, -2.0], 1e-12), Sides::Negative));
        assert!(matches!(divide(&SQUARE, [0.0, 0.0, 0.0], 1e-12), Sides::Negative));
        assert!(matches!(divide(&SQUARE, [1.0, 1.0, -1e-13], 1e-12), Sides::Positive));
        assert!(matches!(divide(&SQUARE, [1.0, 1.0, -1e-10], 1e-12), Sides::Both { .. }));
    }
}
