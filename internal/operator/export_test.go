package operator

// DownloadBatch is how many blobs are downloaded before their hashes are written.
const DownloadBatch = downloadBatch
