import Core
import Testing

@Suite struct ByteCountTests {
    @Test(arguments: [
        (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1949, "1.9 kB"), (9949, "9.9 kB"),
        (9960, "10 kB"), (12_345, "12 kB"), (999_499, "999 kB"), (999_500, "1.0 MB"),
        (1_900_000, "1.9 MB"), (2_500_000_000, "2.5 GB"), (7_000_000_000_000_000, "7000 TB"),
    ])
    func readsAsPeopleWriteIt(_ bytes: Int, _ text: String) {
        #expect(ByteCount(bytes).description == text)
    }

    @Test func ordersByNumber() { #expect(ByteCount(999) < ByteCount(1000)) }
}
