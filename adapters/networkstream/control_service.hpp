#ifndef NETWORKSTREAM_CONTROL_SERVICE_HPP
#define NETWORKSTREAM_CONTROL_SERVICE_HPP

#include <grpcpp/impl/codegen/service_type.h>
#include <networkstream/control.hpp>
#include <networkstream/offer.hpp>

#include <memory>

// Internal to the library.

namespace networkstream {

/// The control service over a server's offers, which must outlive it.
std::unique_ptr<grpc::Service> make_control_service(Offers& offers, Control control);

}  // namespace networkstream

#endif
