import CVoices

/// Speaks with libespeak-ng, which tells when each word begins.
enum EspeakNG {
    /// Loads all that a voice needs, and returns the directory its data is in.
    static func load() throws(SpeechFault) -> [String] {
        let library = try SharedLibrary("libespeak-ng.so.1")
        _ = try start(library)
        let info = try library.function("espeak_Info", as: cvoices_espeak_info.self)
        var path: UnsafePointer<CChar>?
        _ = info(&path)
        return path.map { [String(cString: $0)] } ?? []
    }

    /// Starts the library; returns the rate of its samples.
    private static func start(_ library: SharedLibrary) throws(SpeechFault) -> Int32 {
        let initialize = try library.function(
            "espeak_Initialize", as: cvoices_espeak_initialize.self)
        let rate = initialize(
            Int32(CVOICES_ESPEAK_SYNCHRONOUS), 200, nil,
            Int32(CVOICES_ESPEAK_DO_NOT_EXIT))
        guard rate > 0 else {
            throw SpeechFault(.unavailable, "espeak-ng does not start: its data is missing")
        }
        return rate
    }

    /// Speaks lines of text.
    ///
    /// - Parameters:
    ///   - voice: as `espeak-ng --voices` names it.
    ///   - pace: in words a minute.
    static func speak(
        _ lines: [String], voice: String, pace: Int
    ) throws(SpeechFault) -> Speech {
        let library = try SharedLibrary("libespeak-ng.so.1")
        let setCallback = try library.function(
            "espeak_SetSynthCallback", as: cvoices_espeak_set_callback.self)
        let setVoice = try library.function(
            "espeak_SetVoiceByName", as: cvoices_espeak_set_voice.self)
        let setVoiceLike = try library.function(
            "espeak_SetVoiceByProperties", as: cvoices_espeak_set_voice_like.self)
        let setParameter = try library.function(
            "espeak_SetParameter", as: cvoices_espeak_set_parameter.self)
        let synth = try library.function("espeak_Synth", as: cvoices_espeak_synth.self)
        let synchronize = try library.function(
            "espeak_Synchronize", as: cvoices_espeak_synchronize.self)

        let rate = try start(library)
        guard setVoice(voice) == 0 || speaks(voice, setVoiceLike) else {
            throw SpeechFault(.unavailable, "espeak-ng has no voice '\(voice)'")
        }
        _ = setParameter(Int32(CVOICES_ESPEAK_RATE), Int32(pace), 0)
        setCallback { samples, count, events in
            EspeakNG.take(samples, count, events)
            return 0
        }
        // espeak-ng counts characters, which are scalars.
        let joined = JoinedLines(lines) { $0.unicodeScalars.count }
        let recording = Recording(Int(rate))
        let flags = UInt32(CVOICES_ESPEAK_UTF8 | CVOICES_ESPEAK_END_PAUSE)
        let status = synth(
            joined.text, joined.text.utf8.count + 1, 0,
            Int32(CVOICES_ESPEAK_BY_CHARACTER), 0, flags, nil,
            Unmanaged.passUnretained(recording).toOpaque())
        guard status == 0, synchronize() == 0 else {
            throw SpeechFault(.unavailable, "espeak-ng does not speak: error \(status)")
        }
        return withExtendedLifetime(recording) { recording.speech(joined) }
    }

    /// Chooses the voice of a language, such as `fr-fr`, which no voice has for its name; whether
    /// there is one. espeak-ng's own program does the same.
    private static func speaks(
        _ language: String, _ choose: cvoices_espeak_set_voice_like
    ) -> Bool {
        language.withCString { name in
            var wanted = cvoices_espeak_voice()
            wanted.languages = name
            return choose(&wanted) == 0
        }
    }

    /// What the voice has said so far. It is called back from inside `espeak_Synth` only.
    private final class Recording {
        var samples: [Int16] = []
        var events: [(isWord: Bool, position: Int, milliseconds: Int)] = []
        let rate: Int

        init(_ rate: Int) { self.rate = rate }

        /// A word ends where the next begins or its clause ends.
        func speech(_ joined: JoinedLines) -> Speech {
            var speech = Speech(rate: rate, samples: samples)
            for (index, event) in events.enumerated() where event.isWord {
                guard let place = joined.place(event.position - 1) else { continue }
                let end =
                    index + 1 < events.count
                    ? events[index + 1].milliseconds : speech.milliseconds
                speech.events.append(
                    .init(
                        line: place.line, offset: place.offset, start: event.milliseconds,
                        end: max(end, event.milliseconds)))
            }
            return speech
        }
    }

    private static func take(
        _ samples: UnsafeMutablePointer<Int16>?, _ count: Int32,
        _ events: UnsafeMutablePointer<cvoices_espeak_event>?
    ) {
        // The list ends with an event of its own kind, which carries the user's data as well.
        guard var event = events, let data = event.pointee.user_data else { return }
        let recording = Unmanaged<Recording>.fromOpaque(data).takeUnretainedValue()
        if let samples {
            recording.samples += UnsafeBufferPointer(start: samples, count: Int(count))
        }
        while Int(event.pointee.type) != CVOICES_ESPEAK_END_OF_LIST {
            let kind = Int(event.pointee.type)
            let isWord = kind == CVOICES_ESPEAK_WORD
            // A word of no length is the end of a clause once more.
            if isWord && event.pointee.length > 0 || kind == CVOICES_ESPEAK_END_OF_CLAUSE {
                recording.events.append(
                    (
                        isWord, Int(event.pointee.text_position),
                        Int(event.pointee.audio_position)
                    ))
            }
            event += 1
        }
    }
}
