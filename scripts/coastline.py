#!/usr/bin/env python3
"""Makes the coastline of the report's map from Natural Earth's countries, which are in the public domain.

    scripts/coastline.py naturalearth_lowres.shp > Sources/Report/Map/Coastline.swift

The file is Natural Earth's 1:110m "Admin 0 – Countries" (naturalearthdata.com; its terms of use: "All
versions of Natural Earth raster + vector map data found on this website are in the public domain"), as the
Python package pyogrio 0.13.0 carries it under tests/fixtures. Borders between countries, which two of them
have in common, fall away; what remains is simplified (Douglas and Peucker, 1973), and small islands and
Antarctica are left out.
"""

import collections
import math
import struct
import sys

# How far a simplified line may lie from the true one, in degrees, and how small a land may be, in square
# degrees of the equator.
TOLERANCE = 0.18
SMALLEST = 0.4
SOUTHERNMOST = -60.0


def rings(path):
    """The rings of a shapefile's polygons (ESRI Shapefile Technical Description, 1998), as tuples."""
    with open(path, "rb") as file:
        data = file.read()
    place = 100
    while place < len(data):
        _, words = struct.unpack(">ii", data[place : place + 8])
        record = data[place + 8 : place + 8 + 2 * words]
        place += 8 + 2 * words
        if struct.unpack("<i", record[:4])[0] != 5:
            continue
        parts, points = struct.unpack("<ii", record[36:44])
        starts = struct.unpack(f"<{parts}i", record[44 : 44 + 4 * parts]) + (points,)
        values = struct.unpack(f"<{2 * points}d", record[44 + 4 * parts : 44 + 4 * parts + 16 * points])
        vertices = [
            (round(values[2 * i], 4), round(values[2 * i + 1], 4)) for i in range(points)
        ]
        for first, last in zip(starts, starts[1:]):
            yield vertices[first:last]


def outlines(all_rings):
    """The rings without the edges that two of them have in common, joined anew."""
    edges = collections.Counter()
    for ring in all_rings:
        for start, end in zip(ring, ring[1:]):
            if start == end:
                continue
            if edges[(end, start)] > 0:
                edges[(end, start)] -= 1
            else:
                edges[(start, end)] += 1
    following = collections.defaultdict(list)
    for (start, end), count in sorted(edges.items()):
        following[start] += [end] * count
    result = []
    for first in sorted(following):
        while following[first]:
            ring = [first]
            while following[ring[-1]]:
                ring.append(following[ring[-1]].pop())
                if ring[-1] == first:
                    break
            if ring[-1] == first and len(ring) > 3:
                result.append(ring)
    return result


def area(ring):
    twice = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:]))
    middle = sum(point[1] for point in ring) / len(ring)
    return abs(twice) / 2 * math.cos(math.radians(middle))


def simplified(line):
    """Douglas and Peucker's algorithm; a degree of longitude counts by its length."""
    if len(line) < 3:
        return line
    (ax, ay), (bx, by) = line[0], line[-1]
    shrink = math.cos(math.radians((ay + by) / 2))
    dx, dy = (bx - ax) * shrink, by - ay
    length = math.hypot(dx, dy)

    def distance(point):
        px, py = (point[0] - ax) * shrink, point[1] - ay
        if length == 0:
            return math.hypot(px, py)
        along = max(0, min(1, (px * dx + py * dy) / length**2))
        return math.hypot(px - along * dx, py - along * dy)

    farthest = max(range(1, len(line) - 1), key=lambda i: distance(line[i]))
    if distance(line[farthest]) <= TOLERANCE:
        return [line[0], line[-1]]
    return simplified(line[: farthest + 1])[:-1] + simplified(line[farthest:])


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: scripts/coastline.py naturalearth_lowres.shp > Sources/Report/Map/Coastline.swift")
    kept = []
    for ring in outlines(rings(sys.argv[1])):
        if max(point[1] for point in ring) < SOUTHERNMOST or area(ring) < SMALLEST:
            continue
        # Cut in two, at its far end, so that a ring does not shrink to a point.
        far = max(range(len(ring)), key=lambda i: math.dist(ring[0], ring[i]))
        small = simplified(ring[: far + 1])[:-1] + simplified(ring[far:])
        if len(small) > 3:
            kept.append(small[:-1])
    kept.sort(key=lambda ring: (-area(ring + ring[:1]), ring))
    print("// Made by scripts/coastline.py from Natural Earth's 1:110m countries, which are in the public domain")
    print("// (naturalearthdata.com). Not to be edited by hand.")
    print()
    print("/// The land of the world without Antarctica and small islands.")
    print("enum Coastline {")
    print("  /// Rings, each on a line: longitude and latitude in turn, in tenths of a degree.")
    print('  static let rings = """')
    for ring in kept:
        words = " ".join(f"{round(x * 10)},{round(y * 10)}" for x, y in ring).split(" ")
        line = "   "
        for number, word in enumerate(words):
            # A line of the file that ends with a backslash goes on.
            if len(line) + len(word) > 94:
                print(line + " \\")
                line = "   "
            line += " " + word
        print(line)
    print('    """')
    print("}")


main()
