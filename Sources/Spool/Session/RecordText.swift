import Core

// What the records of every job look like. Each type's entries stand in the order of their keys; a test
// holds them against what Foundation's encoder makes of the same values.

extension SessionRecord: RecordWriter.Value {
    func write(to writer: inout RecordWriter) {
        writer.object { object in
            object.entry("arrival", arrival)
            object.entry("arrived", arrived)
            object.entry("begun", begun)
            object.entry("boot", boot)
            object.entry("claimed", claimed)
            object.entry("deaths", deaths)
            object.entry("earlier", earlier)
            object.entry("format", format)
            object.entry("hooks", hooks)
            object.entry("hooksAsked", hooksAsked)
            object.entry("id", id)
            object.entry("job", job)
            object.entry("labels", labels)
            object.entry("origins", origins)
            object.entry("outcome", outcome)
            object.entry("owner", owner)
            object.entry("parking", parking)
            object.entry("pipeline", pipeline)
            object.entry("plan", plan)
            object.entry("preset", preset)
            object.entry("priority", priority)
            object.entry("publication", publication)
            object.entry("remarks", remarks)
            object.entry("review", review)
            object.entry("session", session)
            object.entry("starts", starts)
            object.entry("steps", steps)
            object.entry("worker", worker)
        }
    }
}

extension SessionRecord.Parking: RecordWriter.Value {
    func write(to writer: inout RecordWriter) {
        writer.object { object in
            object.entry("breakers", breakers)
            object.entry("inode", inode)
            object.entry("reason", reason)
            object.entry("seconds", seconds)
            object.entry("until", until)
        }
    }
}

extension Obstacle: RecordWriter.Value {
    func write(to writer: inout RecordWriter) {
        writer.object { object in
            object.entry("cause", cause)
            object.entry("code", code)
            object.entry("hint", hint)
        }
    }
}

extension SessionRecord.StepRecord: RecordWriter.Value {
    func write(to writer: inout RecordWriter) {
        writer.object { object in
            object.entry("cost", cost)
            object.entry("degradations", degradations)
            object.entry("failure", failure)
            object.entry("machine", machine)
            object.entry("outputs", outputs)
            object.entry("provider", provider)
            object.entry("reused", reused)
            object.entry("seconds", seconds)
            object.entry("started", started)
            object.entry("state", state.rawValue)
            object.entry("tries", tries)
        }
    }
}

extension SessionRecord.Cost: RecordWriter.Value {
    func write(to writer: inout RecordWriter) {
        writer.object { object in
            object.entry("memory", memory)
            object.entry("processor", processor)
        }
    }
}

extension SessionRecord.OutputRecord: RecordWriter.Value {
    func write(to writer: inout RecordWriter) {
        writer.object { object in
            object.entry("bytes", bytes)
            object.entry("place", place)
            object.entry("sha256", sha256)
        }
    }
}

extension SessionRecord.PublishedFile: RecordWriter.Value {
    func write(to writer: inout RecordWriter) {
        writer.object { object in
            object.entry("name", name)
            object.entry("output", output)
        }
    }
}

extension SessionRecord.Outcome: RecordWriter.Value {
    func write(to writer: inout RecordWriter) {
        writer.object { object in
            object.entry("ended", ended)
            object.entry("failure", failure)
            object.entry("finished", finished)
            object.entry("stage", stage)
            object.entry("state", state.rawValue)
        }
    }
}

extension SessionRecord.HookEnd: RecordWriter.Value {
    func write(to writer: inout RecordWriter) {
        writer.object { object in object.entry("failure", failure) }
    }
}

extension SessionRecord.Review: RecordWriter.Value {
    func write(to writer: inout RecordWriter) {
        writer.object { object in
            object.entry("at", at)
            object.entry("because", because)
            object.entry("by", by)
            object.entry("verdict", verdict?.rawValue)
        }
    }
}

extension SessionRecord.EarlierEnd: RecordWriter.Value {
    func write(to writer: inout RecordWriter) {
        writer.object { object in
            object.entry("attempts", attempts)
            object.entry("outcome", outcome)
        }
    }
}

extension Receipt: RecordWriter.Value {
    func write(to writer: inout RecordWriter) {
        writer.object { object in
            object.entry("attempts", attempts)
            object.entry("degradations", degradations)
            object.entry("error", error)
            object.entry("format", format)
            object.entry("hooks", hooks)
            object.entry("id", id)
            object.entry("job", job)
            object.entry("labels", labels)
            object.entry("outputs", outputs)
            object.entry("pipeline", pipeline)
            object.entry("removed", removed)
            object.entry("retries", retries)
            object.entry("review", review)
            object.entry("session", session)
            object.entry("state", state.rawValue)
            object.entry("times", times)
        }
    }
}

extension Receipt.Problem: RecordWriter.Value {
    func write(to writer: inout RecordWriter) {
        writer.object { object in
            object.entry("code", code)
            object.entry("hint", hint)
            object.entry("message", message)
            object.entry("stage", stage)
        }
    }
}

extension Receipt.Times: RecordWriter.Value {
    func write(to writer: inout RecordWriter) {
        writer.object { object in
            object.entry("arrived", arrived)
            object.entry("claimed", claimed)
            object.entry("ended", ended)
            object.entry("finished", finished)
        }
    }
}

extension Receipt.Output: RecordWriter.Value {
    func write(to writer: inout RecordWriter) {
        writer.object { object in
            object.entry("bytes", bytes)
            object.entry("path", path)
            object.entry("sha256", sha256)
        }
    }
}

extension Failure: RecordWriter.Value {
    func write(to writer: inout RecordWriter) {
        writer.object { object in
            object.entry("cause", cause)
            object.entry("code", code)
            object.entry("exitStatus", exitStatus)
            object.entry("hint", hint)
            object.entry("httpStatus", httpStatus)
            object.entry("kind", kind.rawValue)
            object.entry("operation", operation)
            object.entry("retryAfter", retryAfter)
            object.entry("signal", signal)
            object.entry("subject", subject)
        }
    }
}

extension BootMoment: RecordWriter.Value {
    func write(to writer: inout RecordWriter) {
        writer.object { object in
            object.entry("boot", boot)
            object.entry("seconds", seconds)
        }
    }
}

extension Timestamp: RecordWriter.Value {
    func write(to writer: inout RecordWriter) { writer.string(description) }
}

extension SessionID: RecordWriter.Value {
    func write(to writer: inout RecordWriter) { writer.string(description) }
}
