@echo off
rem SPDX-FileCopyrightText: The WAGI for the JVM authors
rem SPDX-License-Identifier: Apache-2.0
rem
rem The command wagi on Windows, as the file wagi is elsewhere. As bin\wagi.cmd of a distribution it runs lib\wagi.jar, with
rem runtime\bin\java.exe if that is there. From a checkout it runs wagi-cli\target\wagi.jar, and builds it first if it is missing;
rem unlike the other one it does not build again when sources are newer.
rem
rem   JAVA_HOME         the Java to use, 17 or newer; by default the one on the PATH
rem   WAGI_JAVA_OPTS    options of the JVM, for instance -Xmx1g
rem   WAGI_PROFILE      small: less memory instead of the highest throughput
rem   WAGI_MAVEN_ARGS   options of the build, for instance -o (as MAVEN_ARGS)

setlocal EnableExtensions DisableDelayedExpansion

rem --- where we are

set "ROOT=%~dp0"
set "DISTRIBUTION="
set "TARGET=%ROOT%wagi-cli\target"
set "GET_JDK=install a JDK, 17 or newer: https://adoptium.net"
if exist "%ROOT%pom.xml" goto located
if not exist "%ROOT%..\lib\wagi.jar" goto located
set "DISTRIBUTION=%ROOT%.."
set "TARGET=%ROOT%..\lib"
set "GET_JDK=install Java, 17 or newer: https://adoptium.net"
:located
set "JAR=%TARGET%\wagi.jar"

rem --- Java

set "JAVA="
set "HOME_OF_JAVA="
if not defined DISTRIBUTION goto no_runtime
if not exist "%DISTRIBUTION%\runtime\bin\java.exe" goto no_runtime
set "HOME_OF_JAVA=%DISTRIBUTION%\runtime"
goto has_home
:no_runtime
if not defined JAVA_HOME goto no_java_home
set "HOME_OF_JAVA=%JAVA_HOME:"=%"
if exist "%HOME_OF_JAVA%\bin\java.exe" goto has_home
>&2 echo wagi: JAVA_HOME is %HOME_OF_JAVA%, but there is no bin\java.exe in it; correct or unset it, or %GET_JDK%
exit /b 1
:no_java_home
for %%J in (java.exe) do set "JAVA=%%~$PATH:J"
if defined JAVA goto found_on_path
>&2 echo wagi: there is no java on the PATH and JAVA_HOME is not set; %GET_JDK%
exit /b 1
:found_on_path
for %%J in ("%JAVA%") do set "HOME_OF_JAVA=%%~dpJ.."
goto has_java
:has_home
set "JAVA=%HOME_OF_JAVA%\bin\java.exe"
:has_java

rem The file costs less than the start of java -version.
set "VERSION="
if not exist "%HOME_OF_JAVA%\release" goto ask_java
for /f "usebackq tokens=1,* delims==" %%A in ("%HOME_OF_JAVA%\release") do if "%%A"=="JAVA_VERSION" set "VERSION=%%~B"
:ask_java
if defined VERSION goto has_version
for /f "tokens=3" %%V in ('""%JAVA%" -version 2>&1 | findstr /c:" version ""') do if not defined VERSION set "VERSION=%%~V"
:has_version
set "MAJOR="
for /f "tokens=1 delims=.-+_ " %%M in ("%VERSION%") do set "MAJOR=%%M"
if not defined MAJOR goto new_enough
if %MAJOR% geq 17 goto new_enough
>&2 echo wagi: %JAVA% is Java %VERSION%, too old; %GET_JDK%
exit /b 1
:new_enough

rem --- options: the reasons are in the file wagi; a test compares them

set "ARCHIVE=%TARGET%\wagi-%VERSION%.jsa"
set "USE=-XX:SharedArchiveFile"
set "TRAIN=-XX:ArchiveClassesAtExit"
set "QUIET=cds*=off"
if not defined VERSION set "ARCHIVE=%TARGET%\wagi-java.jsa"
if not defined MAJOR goto has_archive
if %MAJOR% lss 25 goto has_archive
set "ARCHIVE=%TARGET%\wagi-%VERSION%.aot"
set "USE=-XX:AOTCache"
set "TRAIN=-XX:AOTCacheOutput"
set "QUIET=cds*=off,aot*=off"
:has_archive
set "FLAGS=-XX:-DontCompileHugeMethods -Xss2m -Xlog:disable -Xlog:all=warning,%QUIET%:stderr -Dwagi.dedicated=true"

set "PROFILE="
if not defined WAGI_PROFILE goto has_profile
if "%WAGI_PROFILE%"=="small" goto small
>&2 echo wagi: WAGI_PROFILE is %WAGI_PROFILE%, which is no profile; set it to small, or unset it
exit /b 1
:small
set "PROFILE=-XX:+UseSerialGC -XX:MaxRAM=256m -XX:MaxRAMPercentage=40 -XX:MinRAMPercentage=40 -Xms12m -Xmn8m"
set "PROFILE=%PROFILE% -XX:MinHeapFreeRatio=10 -XX:MaxHeapFreeRatio=20 -XX:ReservedCodeCacheSize=48m"
set "PROFILE=%PROFILE% -XX:+IgnoreUnrecognizedVMOptions -XX:+UnlockDiagnosticVMOptions"
set "PROFILE=%PROFILE% -XX:+UnlockExperimentalVMOptions -XX:TrimNativeHeapInterval=2000"
:has_profile

rem --- the jar

if exist "%JAR%" goto has_jar
if defined DISTRIBUTION goto no_jar
if exist "%HOME_OF_JAVA%\bin\javac.exe" goto has_compiler
>&2 echo wagi: building needs a Java compiler, and there is no javac in %HOME_OF_JAVA%; %GET_JDK%
exit /b 1
:has_compiler
if not exist "%TARGET%" mkdir "%TARGET%"
>&2 echo wagi: building, the first time takes a minute ...
setlocal
set "MAVEN=%ROOT%mvnw.cmd"
for %%M in (mvn.cmd) do if not "%%~$PATH:M"=="" set "MAVEN=%%~$PATH:M"
set "OPTIONS=%MAVEN_ARGS% %WAGI_MAVEN_ARGS%"
set "MAVEN_ARGS="
set "JAVA_HOME=%HOME_OF_JAVA%"
call "%MAVEN%" -q -B -Dstyle.color=never -f "%ROOT%pom.xml" -pl wagi-cli -am -Dquickly %OPTIONS% package <nul >"%TARGET%\wagi-build.log" 2>&1
endlocal
if exist "%JAR%" goto has_jar
>&2 type "%TARGET%\wagi-build.log"
>&2 echo wagi: the build failed; its output is above and in %TARGET%\wagi-build.log
exit /b 1
:no_jar
>&2 echo wagi: there is no %JAR%; unpack the distribution again
exit /b 1
:has_jar

set "OPTION="
if exist "%ARCHIVE%" set OPTION="%USE%=%ARCHIVE%"
if not "%~1"=="train" goto run
rem What fails, or only prints its help, must not replace the archive that there is.
:words
if "%~1"=="--help" goto run
if "%~1"=="-h" goto run
shift
if not "%~1"=="" goto words
set OPTION="%TRAIN%=%ARCHIVE%.new"
"%JAVA%" %FLAGS% %PROFILE% %WAGI_JAVA_OPTS% %OPTION% -jar "%JAR%" %*
if errorlevel 1 goto failed
move /y "%ARCHIVE%.new" "%ARCHIVE%" >nul
exit /b %ERRORLEVEL%
:failed
if exist "%ARCHIVE%.new" del "%ARCHIVE%.new"
exit /b 1
:run
"%JAVA%" %FLAGS% %PROFILE% %WAGI_JAVA_OPTS% %OPTION% -jar "%JAR%" %*
exit /b %ERRORLEVEL%
