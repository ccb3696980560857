// A download as text: one line of progress, one line a file, a summary.
#pragma once
#include <string>
#include <vector>

#include "download/download.h"

namespace tidemark::download {

// "[=====>      ]  3 of 12 files  182 MB of 612 MB  14.1 MB/s  about 31 s left", at most `width` columns, no line end.
std::string progress_line(const DownloadProgress& progress, size_t width);

// "downloaded  yellow_tripdata_2024-01.parquet  49.9 MB", with the reason where it failed.
std::string result_line(const DownloadResult& result);

// "12 files: 9 downloaded, 1 resumed, 2 skipped; 512 MB fetched" and what to do next where files are missing.
std::string summary_text(const std::vector<DownloadResult>& results);

}  // namespace tidemark::download
