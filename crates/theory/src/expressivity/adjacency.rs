//! Which convex polygons of a subdivision are neighbours, and what follows: groups, and a line that draws all of them.

use std::collections::HashMap;

use super::polygon::Point;

/// Two polygons and a point inside of the side that they share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Border {
    pub(super) polygons: [usize; 2],
    /// The sides, by the index of the vertex at which they begin.
    pub(super) sides: [usize; 2],
    pub(super) middle: Point,
}

/// All pairs of polygons that share a part of a side that is longer than `sliver`. Sides may divide each other: a side of one polygon
/// can border on several.
pub(super) fn borders(polygons: &[&[Point]], sliver: f64) -> Vec<Border> {
    let boxes: Vec<[Point; 2]> = polygons.iter().map(|vertices| extent(vertices)).collect();
    let mut order: Vec<usize> = (0..polygons.len()).collect();
    order.sort_by(|&i, &j| boxes[i][0][0].total_cmp(&boxes[j][0][0]));
    let mut borders = Vec::new();
    // Those whose extent has not ended when the next one begins.
    let mut open: Vec<usize> = Vec::new();
    for i in order {
        let [low, high] = boxes[i];
        open.retain(|&j| boxes[j][1][0] >= low[0] - sliver);
        for &j in &open {
            let [below, above] = boxes[j];
            if below[1] <= high[1] + sliver && above[1] >= low[1] - sliver {
                borders.extend(shared(polygons[j], polygons[i], sliver).map(|(sides, middle)| Border {
                    polygons: [j, i],
                    sides,
                    middle,
                }));
            }
        }
        open.push(i);
    }
    borders
}

fn extent(vertices: &[Point]) -> [Point; 2] {
    let start = [[f64::INFINITY; 2], [f64::NEG_INFINITY; 2]];
    vertices.iter().fold(start, |[low, high], v| {
        [[low[0].min(v[0]), low[1].min(v[1])], [high[0].max(v[0]), high[1].max(v[1])]]
    })
}

/// The sides with the longest common part of two polygons that do not overlap, and its middle.
fn shared(first: &[Point], second: &[Point], sliver: f64) -> Option<([usize; 2], Point)> {
    let mut longest = (sliver, None);
    for (i, (&a, &b)) in first.iter().zip(first.iter().cycle().skip(1)).enumerate() {
        let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
        let length = dx.hypot(dy);
        // Coordinates along the side and across it.
        let along = |p: Point| ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / length;
        let across = |p: Point| ((p[1] - a[1]) * dx - (p[0] - a[0]) * dy) / length;
        for (j, (&c, &d)) in second.iter().zip(second.iter().cycle().skip(1)).enumerate() {
            // Both are counterclockwise, so that a common side is run through the other way.
            if across(c).abs() <= sliver && across(d).abs() <= sliver {
                let (from, to) = (along(d).max(0.0), along(c).min(length));
                if to - from > longest.0 {
                    let t = f64::midpoint(from, to) / length;
                    longest = (to - from, Some(([i, j], [a[0] + t * dx, a[1] + t * dy])));
                }
            }
        }
    }
    longest.1
}

/// Groups of polygons that are connected through the borders that `joins` accepts: the number of the group of each.
pub(super) fn groups(count: usize, borders: &[Border], joins: impl Fn(usize, usize) -> bool) -> Vec<usize> {
    let mut parent: Vec<usize> = (0..count).collect();
    for border in borders {
        let [i, j] = border.polygons;
        if joins(i, j) {
            let (i, j) = (root(&mut parent, i), root(&mut parent, j));
            parent[i.max(j)] = i.min(j);
        }
    }
    let mut numbers = HashMap::new();
    (0..count)
        .map(|i| {
            let next = numbers.len();
            *numbers.entry(root(&mut parent, i)).or_insert(next)
        })
        .collect()
}

/// The first of a chain of parents, which is shortened on the way.
fn root(parent: &mut [usize], mut i: usize) -> usize {
    while parent[i] != i {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    i
}

/// A way from a polygon to a neighbour.
#[derive(Debug, Clone, Copy)]
struct Door {
    /// The side that it is in, and how far along.
    side: usize,
    along: f64,
    at: Point,
    /// Where it leads: the neighbour, and the side of that one.
    polygon: usize,
    entry: usize,
}

/// A step around a polygon.
enum Step {
    To(Point),
    Through(Door),
}

/// One line that runs through every side of every polygon. It goes around a polygon, and wherever it meets a neighbour that it has not
/// been to, it goes around that one first.
pub(super) fn outline(polygons: &[&[Point]], borders: &[Border]) -> Vec<Point> {
    let mut doors: Vec<Vec<Door>> = vec![Vec::new(); polygons.len()];
    for &Border { polygons: [i, j], sides, middle } in borders {
        for (from, side, polygon, entry) in [(i, sides[0], j, sides[1]), (j, sides[1], i, sides[0])] {
            doors[from].push(Door {
                side,
                along: distance(polygons[from][side], middle),
                at: middle,
                polygon,
                entry,
            });
        }
    }
    for doors in &mut doors {
        doors.sort_by(|a, b| a.side.cmp(&b.side).then(a.along.total_cmp(&b.along)));
    }
    // The steps around a polygon from a point on a side, in reverse.
    let around = |polygon: usize, side: usize, entry: Point| {
        let vertices = polygons[polygon];
        let before = distance(vertices[side], entry);
        let on = |s: usize| doors[polygon].iter().copied().filter(move |door| door.side == s);
        let mut steps: Vec<Step> = on(side).filter(|door| door.along > before).map(Step::Through).collect();
        steps.push(Step::To(vertices[(side + 1) % vertices.len()]));
        for turn in 1..vertices.len() {
            let s = (side + turn) % vertices.len();
            steps.extend(on(s).map(Step::Through));
            steps.push(Step::To(vertices[(s + 1) % vertices.len()]));
        }
        steps.extend(on(side).filter(|door| door.along < before).map(Step::Through));
        steps.push(Step::To(entry));
        steps.reverse();
        steps
    };
    let mut visited = vec![false; polygons.len()];
    let mut line = Vec::new();
    // A subdivision of a rectangle is connected; what is not is drawn all the same.
    for first in 0..polygons.len() {
        if visited[first] || polygons[first].is_empty() {
            continue;
        }
        visited[first] = true;
        line.push(polygons[first][0]);
        let mut stack = vec![around(first, 0, polygons[first][0])];
        while let Some(steps) = stack.last_mut() {
            match steps.pop() {
                None => {
                    stack.pop();
                }
                Some(Step::To(point)) => line.push(point),
                Some(Step::Through(Door { at, polygon, entry, .. })) => {
                    if !visited[polygon] {
                        visited[polygon] = true;
                        line.push(at);
                        stack.push(around(polygon, entry, at));
                    }
                }
            }
        }
    }
    line
}

fn distance(p: Point, q: Point) -> f64 {
    (q[0] - p[0]).hypot(q[1] - p[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two squares under a rectangle, and one far away.
    const POLYGONS: [&[Point]; 4] = [
        &[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]],
        &[[1.0, 0.0], [2.0, 0.0], [2.0, 1.0], [1.0, 1.0]],
        &[[0.0, 1.0], [2.0, 1.0], [2.0, 2.0], [0.0, 2.0]],
        &[[2.0, 2.0], [3.0, 2.0], [3.0, 3.0], [2.0, 3.0]],
    ];

    #[test]
    fn a_side_may_border_on_two() {
        let borders = borders(&POLYGONS, 1e-9);
        let mut pairs: Vec<[usize; 2]> = borders.iter().map(|border| border.polygons).collect();
        for pair in &mut pairs {
            pair.sort_unstable();
        }
        pairs.sort_unstable();
        // The last one touches in a corner only.
        assert_eq!(pairs, [[0, 1], [0, 2], [1, 2]]);
        assert_eq!(groups(4, &borders, |_, _| true), [0, 0, 0, 1]);
        assert_eq!(groups(4, &borders, |i, j| i + j == 2), [0, 1, 0, 2]);
    }

    #[test]
    fn the_outline_runs_through_every_side() {
        let line = outline(&POLYGONS, &borders(&POLYGONS, 1e-9));
        let length: f64 = line.windows(2).map(|p| distance(p[0], p[1])).sum();
        // All perimeters, and a jump to the one far away.
        assert!((length - (4.0 + 4.0 + 6.0 + 4.0)) <= 3.0 && length >= 18.0, "{length}");
        for polygon in POLYGONS {
            for vertex in polygon {
                assert!(line.contains(vertex));
            }
        }
    }
}
