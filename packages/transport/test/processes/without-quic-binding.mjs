// Imported before a process starts: makes it a platform for which no QUIC library is published. Only the platform's own
// package is missing there, as npm leaves it out; everything in front of it is installed.
import Module from 'node:module';

const platformPackage = /^@matrixai\/quic-|\/quic-[^/]+\.node$/;
const { _resolveFilename: resolveFilename } = Module;

Module._resolveFilename = function (request, ...rest) {
  if (!platformPackage.test(request)) return resolveFilename.call(this, request, ...rest);
  throw Object.assign(new Error(`Cannot find module '${request}'`), { code: 'MODULE_NOT_FOUND' });
};
