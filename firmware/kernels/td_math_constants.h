// SPDX-License-Identifier: Apache-2.0
// Constants of td_math.h, in hexadecimal so that they are exact; golden/machine/functions.py reads them from here.
// The polynomials are weighted least-squares fits on Chebyshev nodes, coefficients rounded to float32 from the lowest up
// (golden/fit_constants.py prints them).
#ifndef TD_MATH_CONSTANTS_H
#define TD_MATH_CONSTANTS_H

#define TD_LOG2E 0x1.715476p+0f
#define TD_LN2_HI 0x1.62e400p-1f // 14 significant bits: n * TD_LN2_HI is exact for |n| < 2^10
#define TD_LN2_LO 0x1.7f7d1cp-20f
#define TD_ROUND_MAGIC 0x1.8p+23f // adding it rounds to an integer and leaves that in the low mantissa bits
#define TD_EXP_MIN -0x1.5d589ep+6f // below, e^x < 2^-126
// e^r = 1 + r + r^2 (C2 + r C3 + ...), |r| <= ln(2)/2, relative error 3e-9
#define TD_EXP_C2 0x1.fffffcp-2f
#define TD_EXP_C3 0x1.555492p-3f
#define TD_EXP_C4 0x1.5558b6p-5f
#define TD_EXP_C5 0x1.1239a2p-7f
#define TD_EXP_C6 0x1.6a4742p-10f

// log(1 + f) = f - f^2/2 + f^3 (C0 + f C1 + ...), sqrt(1/2) <= 1 + f < sqrt(2), relative error 8e-10
#define TD_LOG_C0 0x1.555548p-2f
#define TD_LOG_C1 -0x1.000006p-2f
#define TD_LOG_C2 0x1.99a478p-3f
#define TD_LOG_C3 -0x1.555c4ep-3f
#define TD_LOG_C4 0x1.233b78p-3f
#define TD_LOG_C5 -0x1.fc26acp-4f
#define TD_LOG_C6 0x1.e6c03ep-4f
#define TD_LOG_C7 -0x1.de1004p-4f
#define TD_LOG_C8 0x1.1484e8p-4f

#define TD_RECIP_SEED 0x7ef311c7u // minus the bits of a: 1/a within 13 %
#define TD_RSQRT_SEED 0x5f3759dfu // minus half the bits of a: 1/sqrt(a) within 3.5 %

#define TD_INV_SQRT_2PI 0x1.988454p-2f
#define TD_NORMAL_MAX 0x1.ap+3f // beyond 13 the normal distribution's tail counts as 0 (it is below 7e-39)

// Phi(-u) = exp(-u^2/2) R(u), u >= 0. R is a polynomial in u - centre in each of 16 segments: the exponent and the two top
// mantissa bits of 1 + u number them. A row is: centre, C0 ... C5, unused. Relative error below 9e-8.
#define TD_NORMAL_SEGMENTS 16
#define TD_NORMAL_TABLE \
    {0x1p-3f, 0x1.d0af2cp-2f, -0x1.5e6e6ep-2f, 0x1.a4df6cp-3f, -0x1.b028c2p-4f, 0x1.8cc94ep-5f, -0x1.492b48p-6f, 0.0f}, \
    {0x1.8p-2f, 0x1.84b706p-2f, -0x1.06bfb2p-2f, 0x1.222eap-3f, -0x1.15c4c4p-4f, 0x1.de475p-6f, -0x1.7ccb86p-7f, 0.0f}, \
    {0x1.4p-1f, 0x1.4b1de2p-2f, -0x1.93234ep-3f, 0x1.9a3eb4p-4f, -0x1.6e89eap-5f, 0x1.2f4902p-6f, -0x1.c7c0fcp-8f, 0.0f}, \
    {0x1.cp-1f, 0x1.1e7c2ep-2f, -0x1.3baf58p-3f, 0x1.28b812p-4f, -0x1.ef92f4p-6f, 0x1.870442p-7f, -0x1.16628cp-8f, 0.0f}, \
    {0x1.4p+0f, 0x1.d898dep-3f, -0x1.c4932p-4f, 0x1.7b77bap-5f, -0x1.1f348ap-6f, 0x1.93639ap-8f, -0x1.04da0cp-9f, 0.0f}, \
    {0x1.cp+0f, 0x1.7b5abep-3f, -0x1.3253b8p-4f, 0x1.bd411cp-6f, -0x1.295e7p-7f, 0x1.766daap-9f, -0x1.b7b56cp-11f, 0.0f}, \
    {0x1.2p+1f, 0x1.3aaddep-3f, -0x1.b405ccp-5f, 0x1.15a9a2p-6f, -0x1.49baeap-8f, 0x1.7307fp-10f, -0x1.88efe2p-12f, 0.0f}, \
    {0x1.6p+1f, 0x1.0bb968p-3f, -0x1.432b18p-5f, 0x1.6c63ep-7f, -0x1.8393ap-9f, 0x1.8377bap-11f, -0x1.746ba2p-13f, 0.0f}, \
    {0x1.cp+1f, 0x1.b396fcp-4f, -0x1.b6038ep-6f, 0x1.a295d6p-8f, -0x1.7e77e6p-10f, 0x1.557f1ep-12f, -0x1.2172bcp-14f, 0.0f}, \
    {0x1.2p+2f, 0x1.5b5acep-4f, -0x1.1be2c6p-6f, 0x1.bfb4f6p-9f, -0x1.55b818p-11f, 0x1.00942cp-13f, -0x1.716806p-16f, 0.0f}, \
    {0x1.6p+2f, 0x1.201faap-4f, -0x1.8b1956p-7f, 0x1.07df5ap-9f, -0x1.57fa16p-12f, 0x1.bd703ep-15f, -0x1.15989ap-17f, 0.0f}, \
    {0x1.ap+2f, 0x1.eba5fep-5f, -0x1.21ae92p-7f, 0x1.4ea54cp-10f, -0x1.7b60b2p-13f, 0x1.a8243cp-16f, -0x1.cfc48ep-19f, 0.0f}, \
    {0x1p+3f, 0x1.926974p-5f, -0x1.86b844p-8f, 0x1.761c54p-11f, -0x1.61819cp-14f, 0x1.504af2p-17f, -0x1.357f5p-20f, 0.0f}, \
    {0x1.4p+3f, 0x1.43a38cp-5f, -0x1.fbf2d2p-9f, 0x1.8aea8cp-12f, -0x1.304f1ap-15f, 0x1.d8ee52p-19f, -0x1.66571p-22f, 0.0f}, \
    {0x1.8p+3f, 0x1.0e7dcep-5f, -0x1.63cfcap-9f, 0x1.d0f21ep-13f, -0x1.2dd8eep-16f, 0x1.8c9ef4p-20f, -0x1.fd1a12p-24f, 0.0f}, \
    {0x1.cp+3f, 0x1.d087aep-6f, -0x1.06cdbep-9f, 0x1.27e4f6p-13f, -0x1.4b92a8p-17f, 0x1.769d86p-21f, -0x1.9ddef4p-25f, 0.0f}

#endif
