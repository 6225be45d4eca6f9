import CVoices

/// Speaks with libflite, which tells how long each sound is.
enum Flite {
    /// Loads all that a voice needs: the main library and its own.
    static func load(
        _ voice: String
    ) throws(SpeechFault) -> (main: SharedLibrary, own: SharedLibrary) {
        let flite = try SharedLibrary("libflite.so.1")
        _ = try SharedLibrary("libflite_usenglish.so.1")
        _ = try SharedLibrary("libflite_cmulex.so.1")
        return (flite, try SharedLibrary("libflite_cmu_us_\(voice).so.1"))
    }

    /// Speaks lines of text, which are ASCII.
    ///
    /// - Parameter voice: `slt`, `rms`, `awb`, `kal16` or `kal`.
    static func speak(_ lines: [String], voice: String) throws(SpeechFault) -> Speech {
        let (flite, library) = try load(voice)
        let register = try library.function(
            "register_cmu_us_\(voice)", as: cvoices_flite_register.self)
        let utterances = try Utterances(flite)
        _ = try flite.function("flite_init", as: cvoices_flite_init.self)()
        guard let loaded = register(nil) else {
            throw SpeechFault(.unavailable, "flite does not load the voice '\(voice)'")
        }
        var speech = Speech(rate: 0)
        for sentence in sentences(lines) {
            try utterances.speak(lines, sentence, loaded, into: &speech)
        }
        return speech
    }

    /// The lines of each sentence. A sentence is spoken on its own, as flite's program does: its
    /// melody falls at the end.
    static func sentences(_ lines: [String]) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var first = 0
        for index in lines.indices where endsSentence(lines, index) {
            found.append(first..<index + 1)
            first = index + 1
        }
        if first < lines.count { found.append(first..<lines.count) }
        return found
    }

    /// Whether a line's last mark ends a sentence: not that of `Dr.` and of initials, nor one
    /// that a small letter follows.
    private static func endsSentence(_ lines: [String], _ index: Int) -> Bool {
        let line = lines[index].drop { !$0.isLetter && !$0.isNumber }
        let marks = line.reversed().prefix { !$0.isLetter && !$0.isNumber }
        guard let mark = marks.last(where: { ".!?".contains($0) }) else { return false }
        if index + 1 < lines.count, lines[index + 1].first?.isLowercase == true { return false }
        let word = line.dropLast(marks.count)
        let isShort = word.count <= 3 && word.first?.isUppercase == true
        return mark != "." || !isShort || index + 1 == lines.count
    }

    /// flite's functions for what it makes of one text.
    private struct Utterances {
        let synthesize: cvoices_flite_synth
        let wave: cvoices_flite_utt_wave
        let relation: cvoices_flite_utt_relation
        let head: cvoices_flite_relation_head
        let next: cvoices_flite_item_step
        let daughter: cvoices_flite_item_step
        let number: cvoices_flite_feature_float
        let string: cvoices_flite_feature_string
        let delete: cvoices_flite_delete

        init(_ flite: SharedLibrary) throws(SpeechFault) {
            synthesize = try flite.function("flite_synth_text", as: cvoices_flite_synth.self)
            wave = try flite.function("utt_wave", as: cvoices_flite_utt_wave.self)
            relation = try flite.function("utt_relation", as: cvoices_flite_utt_relation.self)
            head = try flite.function("relation_head", as: cvoices_flite_relation_head.self)
            next = try flite.function("item_next", as: cvoices_flite_item_step.self)
            daughter = try flite.function("item_daughter", as: cvoices_flite_item_step.self)
            number = try flite.function("ffeature_float", as: cvoices_flite_feature_float.self)
            string = try flite.function("ffeature_string", as: cvoices_flite_feature_string.self)
            delete = try flite.function("delete_utterance", as: cvoices_flite_delete.self)
        }

        /// Speaks the lines of a sentence after what is spoken already.
        func speak(
            _ lines: [String], _ sentence: Range<Int>, _ voice: OpaquePointer,
            into speech: inout Speech
        ) throws(SpeechFault) {
            let joined = JoinedLines(Array(lines[sentence])) { $0.utf8.count }
            guard let utterance = synthesize(joined.text, voice) else {
                throw SpeechFault(.data, "flite does not speak '\(joined.text)'")
            }
            defer { delete(utterance) }
            guard let sound = wave(utterance)?.pointee, sound.sample_rate > 0,
                sound.num_channels == 1, sound.num_samples >= 0
            else { throw SpeechFault(.data, "flite makes no sound of '\(joined.text)'") }
            let before = speech.milliseconds
            speech.rate = Int(sound.sample_rate)
            speech.samples += UnsafeBufferPointer(
                start: sound.samples, count: Int(sound.num_samples))
            guard let tokens = relation(utterance, "Token") else { return }
            var token = head(tokens)
            var end = 0
            while let item = token {
                token = next(item)
                // The position is that after the token and the blank that ends it, if there is one.
                let last = max(0, Int(number(item, "file_pos")) - 1)
                guard let times = times(of: item), let place = joined.place(last) else { continue }
                let start = max(end, times.lowerBound)
                end = max(start, times.upperBound)
                let line = sentence.lowerBound + place.line
                if let known = speech.events.lastIndex(where: { $0.line == line }) {
                    speech.events[known].end = before + end
                } else {
                    speech.events.append(
                        .init(line: line, offset: 0, start: before + start, end: before + end))
                }
            }
        }

        /// When a token is spoken, in milliseconds: from its first word's first sound, which
        /// begins where the one before it ends, to its last word's last.
        private func times(of token: OpaquePointer) -> ClosedRange<Int>? {
            var word = daughter(token)
            var range: ClosedRange<Int>?
            while let item = word {
                word = next(item)
                // A mark that is not spoken is a word without sounds.
                let path = "R:SylStructure.daughter1.daughter1.R:Segment"
                guard let name = string(item, path + ".name"), String(cString: name) != "0" else {
                    continue
                }
                let start = Int(number(item, path + ".p.end") * 1000)
                let end = Int(
                    number(item, "R:SylStructure.daughtern.daughtern.R:Segment.end") * 1000)
                range = min(range?.lowerBound ?? start, start)...max(range?.upperBound ?? end, end)
            }
            return range
        }
    }
}
