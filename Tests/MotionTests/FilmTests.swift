import Testing

@testable import Motion

@Suite struct FilmTests {
    private var film: Film {
        let zoom = Journey(
            from: Window(x: 0, y: 0, width: 92), to: Window(x: 6, y: 6.125, width: 80.1), frames: 40
        )
        let swing = Journey(
            from: Window(x: 1.5, y: 0, width: 80), to: Window(x: 9, y: 2, width: 80),
            pace: .swing(legs: 3), frames: 60)
        return Film(
            width: 80, height: 60, frames: 30, shot: .init(still: "/a: b/x", journey: zoom),
            opening: .init(.wipe, frames: 10, from: .init(still: "-y", journey: swing), at: 50))
    }

    @Test func survivesItsArguments() {
        #expect(Film(arguments: film.arguments) == film)
        var plain = film
        plain.opening = nil
        #expect(Film(arguments: plain.arguments) == plain)
        for (place, bad) in [
            (0, "80"), (0, "81x60"), (0, "0x0"), (0, "80x60x1"), (1, "0"), (1, "x"), (3, ""),
            (3, "0,0,1:0,0,1"), (3, "0,0,nan:0,0,1:9"), (3, "0,0,0:0,0,1:9"), (3, "0,0,1:0,0,1:0"),
            (3, "0,0,1:0,0,1:9:0"), (3, "1e9,0,1:0,0,1:9"), (4, "none:3:3"), (4, "fade:0:3"),
            (4, "fade:3:-1"), (4, "fade:3"), (6, "x"),
        ] {
            var arguments = film.arguments
            arguments[place] = bad
            #expect(Film(arguments: arguments) == nil, "\(bad)")
        }
        #expect(Film(arguments: film.arguments.dropLast()) == nil)
        #expect(Film(arguments: [String]()) == nil)
    }

    /// While a scene opens, both are in motion; then it is by itself. The scene before shows there
    /// what it would show had it gone on.
    @Test func opensWithTheSceneBefore() throws {
        let here = try #require(noise(92, 70, seed: 5))
        let before = try #require(noise(92, 70, seed: 6))
        var projector = Projector(film, still: here, before: before)
        func frame(_ number: Int) -> [UInt8] { projector.draw(number) { Array($0) } }
        let opening = try #require(film.opening)
        for number in [0, 9, 10, 29] {
            var wanted = drawn(here, film.shot.journey.window(at: number), 80, 60)
            if number < 10 {
                let old = drawn(before, opening.shot.journey.window(at: 50 + number), 80, 60)
                wanted.withUnsafeMutableBufferPointer { new in
                    old.withUnsafeBufferPointer {
                        opening.transition.mix(
                            $0, into: new, width: 80, height: 60,
                            progress: Double(number + 1) / 11)
                    }
                }
            }
            #expect(frame(number) == wanted)
        }
    }
}
