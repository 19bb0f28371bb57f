# The Debian package: what is installed where, and how `cpack -G DEB` packs it.
#
#     cmake -C packaging/presets/release.cmake -G Ninja -B build/release && ninja -C build/release mypos
#     (cd build/release && cpack -G DEB)
#
# The package is for the Debian release that it was built on: its dependencies are those of the libraries that
# the binary was linked with.
set(shared share/mypos)
install(TARGETS mypos RUNTIME DESTINATION bin)
install(PROGRAMS packaging/debian/mypos-run DESTINATION sbin)
install(DIRECTORY packaging/demo DESTINATION ${shared})
install(DIRECTORY web-ui DESTINATION ${shared} PATTERN README.md EXCLUDE)
install(FILES packaging/systemd/mypos.service DESTINATION lib/systemd/system)
install(FILES packaging/debian/mypos.sysusers DESTINATION lib/sysusers.d RENAME mypos.conf)
install(FILES packaging/haproxy/haproxy.cfg DESTINATION share/doc/mypos/examples)
install(FILES README.md DESTINATION share/doc/mypos)
# Absolute: configuration is not below the prefix. It may hold passwords.
install(FILES packaging/mypos.env.example DESTINATION /etc/mypos RENAME mypos.env
        PERMISSIONS OWNER_READ OWNER_WRITE)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME mypos)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "MyPOS maintainers <maintainers@mypos.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "point of sale: API server and web-ui")
set(CPACK_PACKAGE_DESCRIPTION
"A point of sale that one shop runs on one machine with SQLite, and a chain on
several machines with DynamoDB, S3, SNS and CloudWatch. The service listens on
127.0.0.1:8080; /etc/mypos/mypos.env configures it.")
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_SET_DESTDIR ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION misc)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "ca-certificates, systemd")
set(maintainer_scripts ${PROJECT_SOURCE_DIR}/packaging/debian)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${maintainer_scripts}/conffiles ${maintainer_scripts}/postinst
    ${maintainer_scripts}/prerm ${maintainer_scripts}/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
