import Testing

@testable import Linux

@Suite struct MountTableTests {
    @Test func findsTheMountOfAPath() {
        let table = MountTable(
            parsing: """
                1 0 0:40 / / ro,relatime shared:43 master:1 - overlay x rw,lowerdir=/
                2 1 0:44 / /srv rw - ext4 /dev/sda1 ro
                3 2 0:45 /a\\040b /srv/it\\134s\\040mine rw,nodev shared:2 - tmpfs tmpfs rw
                4 1 0:46 / /srv rw - xfs /dev/sda2 rw
                nonsense
                5 1 0:46 / /none rw
                """)
        #expect(table.mounts.count == 4)
        #expect(table.mount(of: "/etc/x")?.type == "overlay")
        #expect(table.mount(of: "/srvx")?.type == "overlay")
        #expect(table.mount(of: "/srv")?.type == "xfs")
        #expect(table.mount(of: "/srv/it\\s mine/x")?.root == "/a b")
        let root = table.mounts[0]
        #expect(root.isReadOnly && !root.isOfReadOnlySystem && root.isInherited)
        let second = table.mounts[1]
        #expect(!second.isReadOnly && second.isOfReadOnlySystem && !second.isInherited)
    }

    @Test func readsItsOwn() { #expect(MountTable.own.mount(of: "/proc/self")?.type == "proc") }
}
