/// Fits a job's picture into a still and makes it dark enough for white text.
enum PhotoCard {
    /// The input of a picture that was examined: decoded as what it was found to be and no larger,
    /// and nothing but the file is read. Damage is an error, not a grey stripe.
    static func input(_ path: String, _ file: ImageFile) -> [String] {
        [
            "-protocol_whitelist", "file", "-f", file.kind.rawValue, "-max_pixels",
            "\(ImageFile.mostPixels)", "-err_detect", "explode", "-noautorotate", "-threads", "1",
            "-i", "file:" + path,
        ]
    }

    /// The graph from the picture, input 0, and the veil, input 1.
    static func graph(_ file: ImageFile, _ design: CardDesign, _ fit: Brief.Fit) -> String {
        let size = design.canvas.still
        let turning = file.turning.map { $0 + "," }.joined()
        let opaque = "format=gbrap,premultiply=inplace=1,format=gbrp"
        let fill =
            "scale=\(size.width):\(size.height):force_original_aspect_ratio=increase:flags=bicubic,"
            + "crop=\(size.width):\(size.height),setsar=1"
        var graph = "[0:v]\(turning)trim=end_frame=1,"
        switch fit {
        case .cover: graph += "\(fill),\(opaque)[picture];"
        case .contain:
            // All of it has to be in view all the way.
            let area = design.visible
            let (width, height) = (area.right - area.left, area.bottom - area.top)
            let x = "\(area.left)+(\(width)-w)/2"
            let y = "\(area.top)+(\(height)-h)/2"
            // Blurred small: that is as soft, and costs next to nothing.
            graph +=
                "split[one][two];[one]\(fill),\(opaque),scale=iw/12:-2,gblur=sigma=5,"
                + "scale=\(size.width):\(size.height):flags=bicubic,setsar=1,lutrgb=r=0.6*val:g=0.6*val:b=0.6*val[around];"
                + "[two]scale=\(width):\(height):force_original_aspect_ratio=decrease:flags=bicubic,"
                + "setsar=1,\(opaque)[inner];"
                + "[around][inner]overlay=x='\(x)':y='\(y)':format=gbrp,format=gbrp[picture];"
        }
        return graph
            + "[1:v]scale=\(size.width):\(size.height):flags=bicubic,setsar=1,format=gbrp[veil];"
            + "[picture][veil]blend=all_mode=multiply,"
            + "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"
    }
}
