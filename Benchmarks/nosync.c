/*
 * nosync - makes every sync a success that does nothing, to see what durability costs.
 *
 * usage: LD_PRELOAD=nosync.so PROGRAM...
 */
int fsync(int descriptor) { (void)descriptor; return 0; }
int fdatasync(int descriptor) { (void)descriptor; return 0; }
int syncfs(int descriptor) { (void)descriptor; return 0; }
