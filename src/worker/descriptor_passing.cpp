#include "worker/descriptor_passing.hpp"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace backtest {

namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// A message of one byte with room for one descriptor.
struct Message {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  char byte = 0;
  iovec part{.iov_base = &byte, .iov_len = 1};
  msghdr header{};

  Message() {
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
  }
};

}  // namespace

void FileDescriptor::close_now() {
  if (number_ >= 0) close(number_);
  number_ = -1;
}

DescriptorChannel::DescriptorChannel() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) fail("a pair of sockets");
  parents_ = FileDescriptor(ends[0]);
  childs_ = FileDescriptor(ends[1]);
}

FileDescriptor DescriptorChannel::receive() {
  Message message;
  if (recvmsg(parents_.number(), &message.header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) <= 0) return {};
  const cmsghdr* const control = CMSG_FIRSTHDR(&message.header);
  if (control == nullptr || control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS ||
      control->cmsg_len != CMSG_LEN(sizeof(int)))
    return {};
  int descriptor = -1;
  std::memcpy(&descriptor, CMSG_DATA(control), sizeof descriptor);
  return FileDescriptor(descriptor);
}

void send_descriptor(int socket, int descriptor) {
  Message message;
  cmsghdr* const control = CMSG_FIRSTHDR(&message.header);
  control->cmsg_level = SOL_SOCKET;
  control->cmsg_type = SCM_RIGHTS;
  control->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(control), &descriptor, sizeof descriptor);
  while (sendmsg(socket, &message.header, MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) fail("handing over a panel");
  }
}

}  // namespace backtest
