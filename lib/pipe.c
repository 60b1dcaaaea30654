/* pipe -- room in a pipe for whole batches. */
#include "lib/pipe.h"

#include <errno.h>
#include <fcntl.h>

void
pipe_widen(int fd)
{
#ifdef F_SETPIPE_SZ
	int error = errno, size = fcntl(fd, F_GETPIPE_SZ);

	if (size >= 0 && size < PIPE_WIDE)
		(void)fcntl(fd, F_SETPIPE_SZ, PIPE_WIDE);
	errno = error;
#else
	(void)fd;
#endif
}
